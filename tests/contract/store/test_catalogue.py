"""The tables of leads and accounts have exactly the columns that their types speak of, each of its storage class."""

import pytest

from leadline.schema.accounts import ACCOUNTS
from leadline.schema.leads import LEAD, lead_type
from leadline.schema.types import Storage
from leadline.store import records
from leadline.store.base import Database
from tests.contract.store.places import Place

_COLUMNS = {
    "sqlite": "SELECT name, type FROM pragma_table_info(:table)",
    "postgres": """SELECT column_name AS name, data_type || coalesce(' COLLATE "' || collation_name || '"', '') AS type
        FROM information_schema.columns WHERE table_name = :table AND table_schema = 'leadline_123_abc_456'""",
}
_COLUMNS["given"] = _COLUMNS["postgres"]
_TYPES = {LEAD: lead_type, **ACCOUNTS}


@pytest.mark.parametrize("name", _TYPES)
def test_the_table_is_the_type(place: Place, database: Database, name: str) -> None:
    """A field that is stored has its column, a searchable text its folded key; new records find their ids."""
    object_type = _TYPES[name]()
    with database.read() as session:
        columns = {
            row["name"]: row["type"]
            for table in object_type.written_tables
            for row in session.built_rows(_COLUMNS[place.kind], {"table": table})
        }
        types = {storage: session.column_type(storage) for storage in Storage}
        key_type = session.column_type(Storage.TEXT, is_key=True)
        assert records.next_id(session, name) == 1, f"{name} needs its line in `counter` of 0001_start.sql"
    expected = dict.fromkeys(["id", "created_at", "updated_at", "changed"], types[Storage.INTEGER])
    if object_type.partitioned:
        expected["partition_id"] = types[Storage.INTEGER]
    for field in object_type.fields:
        if not field.system:
            expected[field.column] = types[field.type.storage]
            if field.has_key:
                expected[field.key_column] = key_type
    assert columns == expected, f"{name} needs other tables in 0001_start.sql of {place.dialect}"
