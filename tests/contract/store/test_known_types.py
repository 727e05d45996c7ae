"""Object types are built once for each change of custom fields, and never outlive one."""

from typing import Any

import pytest

from leadline.schema.catalog import Field, ObjectType, custom_field
from leadline.schema.leads import LEAD
from leadline.schema.members import PROGRAM_MEMBER
from leadline.store import catalog, records
from leadline.store.base import Database, Session
from tests.contract.store.places import Place, in_threads

LOADS = {LEAD: catalog.load_lead_type, PROGRAM_MEMBER: catalog.load_member_type}


def _field(name: str) -> Field:
    return custom_field(name, name.title(), "string")


def _load(database: Database, name: str) -> ObjectType:
    with database.read() as session:
        return LOADS[name](session)


def _names(object_type: ObjectType) -> list[str]:
    return [each.name for each in object_type.fields if each.custom]


@pytest.mark.parametrize("name", LOADS)
def test_a_type_is_built_once(database: Database, name: str) -> None:
    """Reading it again, in whatever transaction, gives the one that was built."""
    first = _load(database, name)
    assert _load(database, name) is first
    with database.write() as session:
        assert LOADS[name](session) is first
    with database.read_once() as session:
        assert LOADS[name](session) is first


@pytest.mark.parametrize("name", LOADS)
def test_each_change_is_seen(place: Place, database: Database, name: str) -> None:
    """By the process that makes it, inside its transaction and behind it, and by another one."""
    other = place.database()
    assert _names(_load(database, name)) == _names(_load(other, name)) == []
    with database.write() as session:
        records.take_writer(session)
        catalog.add_fields(session, name, [_field("alpha")])
        assert _names(LOADS[name](session)) == ["alpha"]
        catalog.add_fields(session, name, [_field("beta")])
        assert _names(LOADS[name](session)) == ["alpha", "beta"]
        assert _names(_load(other, name)) == []
    for each in (database, other):
        assert _names(_load(each, name)) == ["alpha", "beta"]
    with other.write() as session:
        records.take_writer(session)
        changed = custom_field("alpha", "Another Name", "string", hidden=True)
        catalog.change_field(session, name, changed)
    for each in (database, other):
        found = _load(each, name).field("alpha")
        assert found is not None
        assert (found.display_name, found.hidden) == ("Another Name", True)


@pytest.mark.parametrize("name", LOADS)
def test_a_change_that_was_rolled_back_is_forgotten(database: Database, name: str) -> None:
    """Its version is no other change's, so that what was built from it is never taken for current."""

    def give_up() -> None:
        with database.write() as session:
            _add(session, name, "never")
            assert _names(LOADS[name](session)) == ["never"]
            raise InterruptedError

    with pytest.raises(InterruptedError):
        give_up()
    assert _names(_load(database, name)) == []
    with pytest.raises(InterruptedError):
        give_up()
    with database.write() as session:
        _add(session, name, "kept")
    assert _names(_load(database, name)) == ["kept"]


def _add(session: Session, name: str, field: str) -> None:
    records.take_writer(session)
    catalog.add_fields(session, name, [_field(field)])


def test_threads_see_whole_types(database: Database) -> None:
    """While fields are added, each reader has those of one moment, and at last all have them all."""

    def work(number: int) -> Any:
        if number == 0:
            for count in range(8):
                with database.write() as session:
                    _add(session, LEAD, f"f{count}")
        return [_names(_load(database, LEAD)) for _ in range(12)]

    everything = [f"f{count}" for count in range(8)]
    for seen in in_threads(4, work):
        assert all(names == everything[: len(names)] for names in seen)
        assert sorted(map(len, seen)) == list(map(len, seen))
    assert _names(_load(database, LEAD)) == everything
