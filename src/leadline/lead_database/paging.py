"""Pages of records, and the tokens that lead from one to the next (contract §9.2)."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from leadline.errors import INVALID_PAGE_TOKEN, ServiceError
from leadline.model.dataclass import dataclass
from leadline.model.records import Values
from leadline.schema.catalog import Field, ObjectType
from leadline.store import reading
from leadline.store.base import Session
from leadline.store.reading import Scope

PAGE_RECORDS_MAX = 300
_SEAL_BYTES = 12
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items in their order, and the token of the next page, if any."""

    items: list[T]
    next_page_token: str | None


@dataclass(frozen=True, slots=True)
class Window:
    """Which page is wanted: its size, and the token that the page before gave."""

    batch_size: int
    token: str | None


def page_of(
    window: Window, binding: Sequence[object], read: Callable[[int, int], list[tuple[int, T]]]
) -> Page[T]:
    """Return a page of items.

    `read` returns so many items behind a position, each with its own; 0 is the beginning.
    `binding` is what the query asks: a token opens no other. Raises `ServiceError` 1003 for a
    foreign token.
    """
    after = _open(window.token, binding) if window.token else 0
    size = min(max(window.batch_size, 1), PAGE_RECORDS_MAX)
    found = read(after, size + 1)
    token = _seal_position(found[size - 1][0], binding) if len(found) > size else None
    return Page([item for _, item in found[:size]], token)


def among(found: Sequence[tuple[int, T]]) -> Callable[[int, int], list[tuple[int, T]]]:
    """Return what reads pages of items that have all been found, by ascending position."""
    return lambda after, limit: [each for each in found if each[0] > after][:limit]


def read_page(
    session: Session,
    object_type: ObjectType,
    fields: Sequence[Field],
    scope: Scope,
    window: Window,
    binding: Sequence[object],
) -> Page[Values]:
    """Return a page of a scope's records with these fields; raises `ServiceError` 1003."""

    def read(after: int, limit: int) -> list[tuple[int, Values]]:
        found = reading.read(session, object_type, fields, scope, after, limit)
        return [(record.id, record.values) for record in found]

    return page_of(window, (*binding, *(field.name for field in fields)), read)


def numbered(page: Page[Values]) -> Page[Values]:
    """Return a page whose records say at which position of it they stand, from 0: `seq`."""
    return Page([{"seq": at} | each for at, each in enumerate(page.items)], page.next_page_token)


StreamPosition = tuple[int, int, int]
"""A place in the change log: the number of a set, a part of it, and the id of a record there."""
_POSITION_BYTES = (8, 4, 8)


def begin_of_stream(token: str, binding: Sequence[object]) -> int | StreamPosition:
    """Return the instant that a token names, or the position behind which it goes on.

    Raises `ServiceError` 1003 for a foreign token.
    """
    plain = _plain(token)
    since = int.from_bytes(plain[:8], "big", signed=True)
    if hmac.compare_digest(plain[8:], _seal(b"since", (since,))):
        return since
    position = plain[:-_SEAL_BYTES]
    if len(position) != sum(_POSITION_BYTES) or not hmac.compare_digest(
        plain[-_SEAL_BYTES:], _seal(position, binding)
    ):
        raise ServiceError(INVALID_PAGE_TOKEN)
    number, part, record_id = position[:8], position[8:12], position[12:]
    return int.from_bytes(number, "big"), int.from_bytes(part, "big"), int.from_bytes(record_id, "big")


def stream_token(after: StreamPosition, binding: Sequence[object]) -> str:
    """Return a token that goes on behind a position, also when there is nothing there yet."""
    position = b"".join(each.to_bytes(size, "big") for each, size in zip(after, _POSITION_BYTES, strict=True))
    return base64.b32encode(position + _seal(position, binding)).decode()


def _seal_position(after: int, binding: Sequence[object]) -> str:
    position = after.to_bytes(8, "big")
    return base64.b32encode(position + _seal(position, binding)).decode()


def _open(token: str, binding: Sequence[object]) -> int:
    plain = _plain(token)
    position, seal = plain[:8], plain[8:]
    if not hmac.compare_digest(seal, _seal(position, binding)):
        raise ServiceError(INVALID_PAGE_TOKEN)
    return int.from_bytes(position, "big")


def _plain(token: str) -> bytes:
    try:
        return base64.b32decode(token.strip().upper())
    except (binascii.Error, ValueError):
        raise ServiceError(INVALID_PAGE_TOKEN) from None


def _seal(position: bytes, binding: Sequence[object]) -> bytes:
    """Tie a position to its query; a token opens no more than the query itself, so nothing is secret."""
    bound = "\0".join(map(str, binding)).encode("utf-8", "replace")
    return hashlib.sha256(position + bound).digest()[:_SEAL_BYTES]


def instant_token(since: int) -> str:
    """Return a token that names an instant (epoch seconds)."""
    return base64.b32encode(since.to_bytes(8, "big", signed=True) + _seal(b"since", (since,))).decode()
