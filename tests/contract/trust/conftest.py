"""The API contract holds on every database."""

from tests.contract.each_database import store, world

__all__ = ["store", "world"]
