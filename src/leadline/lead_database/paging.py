"""Pages of records, and the tokens that lead from one to the next (contract §9.2)."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from leadline.errors import INVALID_PAGE_TOKEN, ServiceError
from leadline.schema.catalog import Field, ObjectType
from leadline.store import reading
from leadline.store.base import Row, Session
from leadline.store.reading import Record, Scope

PAGE_RECORDS_MAX = 300
_SEAL_BYTES = 12
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """Some records as API names and JSON values, and the token of the next page, if any."""

    records: list[Row]
    next_page_token: str | None

    def numbered(self) -> "Page":
        """Return the page with each record's place on it, `seq`."""
        return Page([{"seq": at} | record for at, record in enumerate(self.records)], self.next_page_token)


@dataclass(frozen=True, slots=True)
class Window:
    """Which page is wanted: its size, and the token that the page before gave."""

    batch_size: int
    token: str | None


def page_of(
    window: Window, binding: Sequence[object], read: Callable[[int, int], list[Record]]
) -> tuple[list[Record], str | None]:
    """Return the records of a page, and the token of the next.

    `read` returns so many records behind an id. `binding` is what the query asks: a token
    opens no other. Raises `ServiceError` 1003 for a foreign token.
    """
    after = _open(window.token, binding) if window.token else 0
    size = min(max(window.batch_size, 1), PAGE_RECORDS_MAX)
    found = read(after, size + 1)
    token = _seal_position(found[size - 1].id, binding) if len(found) > size else None
    return found[:size], token


def read_page(
    session: Session,
    object_type: ObjectType,
    fields: Sequence[Field],
    scope: Scope,
    window: Window,
    binding: Sequence[object],
) -> Page:
    """Return a page of a scope's records with these fields; raises `ServiceError` 1003."""

    def read(after: int, limit: int) -> list[Record]:
        return reading.read(session, object_type, fields, scope, after, limit)

    found, token = page_of(window, (*binding, *(field.name for field in fields)), read)
    return Page([record.values for record in found], token)


def _seal_position(after: int, binding: Sequence[object]) -> str:
    position = after.to_bytes(8, "big")
    return base64.b32encode(position + _seal(position, binding)).decode()


def _open(token: str, binding: Sequence[object]) -> int:
    try:
        plain = base64.b32decode(token.strip().upper())
    except (binascii.Error, ValueError):
        raise ServiceError(INVALID_PAGE_TOKEN) from None
    position, seal = plain[:8], plain[8:]
    if not hmac.compare_digest(seal, _seal(position, binding)):
        raise ServiceError(INVALID_PAGE_TOKEN)
    return int.from_bytes(position, "big")


def _seal(position: bytes, binding: Sequence[object]) -> bytes:
    """Tie a position to its query; a token opens no more than the query itself, so nothing is secret."""
    bound = "\0".join(map(str, binding)).encode("utf-8", "replace")
    return hashlib.sha256(position + bound).digest()[:_SEAL_BYTES]


def instant_token(since: int) -> str:
    """Return a token that names an instant (epoch seconds)."""
    return base64.b32encode(since.to_bytes(8, "big", signed=True) + _seal(b"since", (since,))).decode()
