"""Use case: read people back, and describe what they consist of (contract §9.1-9.5)."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from leadline.errors import (
    FIELD_NOT_FOUND,
    FIELD_NOT_SUPPORTED,
    INVALID_PAGE_TOKEN,
    INVALID_VALUE,
    LEAD_NOT_FOUND,
    OBJECT_NOT_FOUND,
    TOO_MANY_MATCHES,
    TOO_MANY_VALUES,
    ServiceError,
)
from leadline.model import Caller, Partition
from leadline.schema.catalog import Field, ObjectType
from leadline.schema.leads import DEFAULT_FIELDS
from leadline.schema.types import Storage, fold_key, render_instant
from leadline.store import records, settings
from leadline.store.base import Row, Session
from leadline.store.connect import Stores

__all__ = ["PAGE_RECORDS_MAX", "Page", "People", "Window", "choose_fields", "render_instant"]

PAGE_RECORDS_MAX = 300
FILTER_VALUES_MAX = 300
FILTER_MATCHES_MAX = 1000
_SEAL_BYTES = 12
_INT64_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Page:
    """Some records as API names and JSON values, and the token of the next page, if any."""

    records: list[Row]
    next_page_token: str | None


@dataclass(frozen=True, slots=True)
class Window:
    """Which page is wanted: its size, and the token that the page before gave."""

    batch_size: int
    token: str | None


class People:
    """What is stored about people, as clients may read it."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def lead_type(self, caller: Caller) -> ObjectType:
        """Return the lead object type of the caller's subscription."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            return settings.load_lead_type(session)

    def partitions(self, caller: Caller) -> list[Partition]:
        """Return the partitions by id."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            return settings.partitions(session)

    def lead(self, caller: Caller, lead_id: int, names: Sequence[str]) -> Row:
        """Return one lead; raises `ServiceError` 1004 or 1006."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            object_type = settings.load_lead_type(session)
            fields = choose_fields(object_type, names)
            found = records.read_by(session, fields, _id_field(object_type), [lead_id], 0, 1)
        if not found:
            raise ServiceError(LEAD_NOT_FOUND, id=lead_id)
        return found[0]

    def leads(
        self, caller: Caller, filter_type: str, values: Sequence[str], names: Sequence[str], window: Window
    ) -> Page:
        """Return a page of the leads whose field has one of the values.

        Raises `ServiceError` 1001, 1003, 1006 or 1011.
        """
        if len(values) > FILTER_VALUES_MAX:
            raise ServiceError(TOO_MANY_VALUES, limit=FILTER_VALUES_MAX, name="filterValues")
        with self._stores.subscription(caller.munchkin_id).read() as session:
            object_type = settings.load_lead_type(session)
            by = object_type.field(filter_type)
            if by is None:
                raise ServiceError(FIELD_NOT_FOUND, name=filter_type)
            if not by.searchable:
                raise ServiceError(FIELD_NOT_SUPPORTED, name=filter_type)
            keys = [_key(by, value) for value in values]
            fields = choose_fields(object_type, names)
            if records.count_by(session, by, keys, FILTER_MATCHES_MAX + 1) > FILTER_MATCHES_MAX:
                raise ServiceError(TOO_MANY_MATCHES)
            binding = ("leads", by.name, *map(str, keys), "", *(field.name for field in fields))
            return self._page(
                window,
                (caller.munchkin_id, *binding),
                lambda after, limit: records.read_by(session, fields, by, keys, after, limit),
            )

    def leads_of_list(self, caller: Caller, list_id: int, names: Sequence[str], window: Window) -> Page:
        """Return a page of a static list's members; raises `ServiceError` 1013 or 1006."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            _find_list(session, list_id)
            fields = choose_fields(settings.load_lead_type(session), names)
            binding = ("list", str(list_id), *(field.name for field in fields))
            return self._page(
                window,
                (caller.munchkin_id, *binding),
                lambda after, limit: records.read_list(session, fields, list_id, after, limit),
            )

    def static_list(self, caller: Caller, list_id: int) -> Row:
        """Return a static list; raises `ServiceError` 1013."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            return _find_list(session, list_id)

    def memberships(
        self, caller: Caller, list_id: int, lead_ids: Sequence[int]
    ) -> list[tuple[int, bool | None]]:
        """Return whether each lead is a member of the list, None for a lead that does not exist."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            _find_list(session, list_id)
            by = _id_field(settings.load_lead_type(session))
            known = {row["id"] for row in records.read_by(session, [by], by, lead_ids, 0, len(lead_ids))}
            members = settings.members_among(session, list_id, list(known))
        return [(lead_id, lead_id in members if lead_id in known else None) for lead_id in lead_ids]

    def _page(self, window: Window, binding: tuple[str, ...], read: Callable[[int, int], list[Row]]) -> Page:
        after = self._open_token(window.token, binding) if window.token else 0
        size = min(max(window.batch_size, 1), PAGE_RECORDS_MAX)
        found = read(after, size + 1)
        token = self._seal_token(found[size - 1]["id"], binding) if len(found) > size else None
        return Page(found[:size], token)

    def _seal_token(self, after: int, binding: tuple[str, ...]) -> str:
        """Make a token that names the last id given and fits this very query only."""
        position = after.to_bytes(8, "big")
        return base64.b32encode(position + _seal(position, binding)).decode()

    def _open_token(self, token: str, binding: tuple[str, ...]) -> int:
        try:
            plain = base64.b32decode(token.strip().upper())
        except (binascii.Error, ValueError):
            raise ServiceError(INVALID_PAGE_TOKEN) from None
        position, seal = plain[:8], plain[8:]
        if not hmac.compare_digest(seal, _seal(position, binding)):
            raise ServiceError(INVALID_PAGE_TOKEN)
        return int.from_bytes(position, "big")


def _seal(position: bytes, binding: tuple[str, ...]) -> bytes:
    """Tie a position to its query; a token opens no more than the query itself, so nothing is secret."""
    bound = "\0".join(binding).encode("utf-8", "replace")
    return hashlib.sha256(position + bound).digest()[:_SEAL_BYTES]


def choose_fields(object_type: ObjectType, names: Sequence[str]) -> list[Field]:
    """Return the fields a caller asked for, `id` always among them; raises `ServiceError` 1006."""
    wanted: dict[str, Field] = {}
    for name in names or DEFAULT_FIELDS:
        field = object_type.field(name)
        if field is None:
            raise ServiceError(FIELD_NOT_FOUND, name=name)
        wanted[field.name] = field
    id_field = _id_field(object_type)
    return list(({id_field.name: id_field} | wanted).values())


def _id_field(object_type: ObjectType) -> Field:
    field = object_type.field("id")
    assert field is not None, "every object type has its id"
    return field


def _key(field: Field, value: str) -> str | int:
    """Return the form in which a filter value compares; raises `ServiceError` 1001."""
    if field.type.storage is Storage.TEXT:
        return fold_key(value, field.type)
    if not re.fullmatch(r"[+-]?[0-9]{1,19}", value) or abs(int(value)) > _INT64_MAX:
        raise ServiceError(INVALID_VALUE, value=value, type="Integer")
    return int(value)


def _find_list(session: Session, list_id: int) -> dict[str, Any]:
    found = settings.find_list(session, list_id)
    if found is None:
        raise ServiceError(OBJECT_NOT_FOUND)
    return found
