"""The reference holds on every database."""

from tests.contract.each_database import store

__all__ = ["store"]
