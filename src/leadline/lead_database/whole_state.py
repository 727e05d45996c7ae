"""Use case: everything that a subscription holds of people and records, in order, for tests to look at."""

from typing import Any

from leadline.model.records import Values
from leadline.schema.accounts import ACCOUNTS
from leadline.schema.catalog import ObjectType
from leadline.store import catalog, lists, objects, reading
from leadline.store.base import Session
from leadline.store.directory import Stores
from leadline.store.reading import Scope

_ALL = Scope("1 = 1")
_PORTION = 1000


class WholeState:
    """Reads a subscription as a whole; partitions and permissions do not count."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def read(self, munchkin_id: str) -> dict[str, Any]:
        """Return people, members, other records by their type, and lists with the ids of their members.

        Each is in the order of its ids, and has what is not null.
        """
        with self._stores.subscription(munchkin_id).read() as session:
            types = {name: build() for name, build in ACCOUNTS.items()}
            for stored in objects.custom_objects(session):
                if stored.approved is not None:
                    object_type = objects.type_of(session, stored, stored.approved)
                    types[object_type.name] = object_type
            people = catalog.load_lead_type(session)
            return {
                "people": _records(session, people),
                "members": _records(session, catalog.load_member_type(session)),
                "records": {name: _records(session, each) for name, each in types.items()},
                "lists": [
                    {"id": each.id, "name": each.name, "members": _ids_in_list(session, people, each.id)}
                    for each in lists.lists(session)
                ],
            }


def _records(session: Session, object_type: ObjectType) -> list[Values]:
    found: list[Values] = []
    after = 0
    while portion := reading.read(session, object_type, object_type.fields, _ALL, after, _PORTION):
        after = portion[-1].id
        found += [
            {name: value for name, value in record.values.items() if value is not None} for record in portion
        ]
    return found


def _ids_in_list(session: Session, people: ObjectType, list_id: int) -> list[int]:
    scope, limit = reading.in_list(list_id), 2**31
    return [record.id for record in reading.read(session, people, [people.id_field], scope, 0, limit)]
