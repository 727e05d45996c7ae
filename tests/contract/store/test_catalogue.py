"""The lead table has exactly the columns that the catalogue speaks of, each of its storage class."""

from leadline.schema.leads import standard_fields
from leadline.schema.types import Storage
from leadline.store.base import Database
from tests.contract.store.places import Place

_COLUMNS = {
    "sqlite": "PRAGMA table_info(lead)",
    "postgres": """SELECT column_name AS name, data_type || coalesce(' COLLATE "' || collation_name || '"', '') AS type
        FROM information_schema.columns WHERE table_name = 'lead' AND table_schema = 'leadline_123_abc_456'""",
}
_COLUMNS["given"] = _COLUMNS["postgres"]


def test_the_table_is_the_catalogue(place: Place, database: Database) -> None:
    """A standard field that is stored has its column, a searchable text its folded key."""
    with database.read() as session:
        columns = {row["name"]: row["type"] for row in session.built_rows(_COLUMNS[place.kind], {})}
        types = {storage: session.column_type(storage) for storage in Storage}
        key_type = session.column_type(Storage.TEXT, is_key=True)
    expected = dict.fromkeys(["id", "partition_id", "created_at", "updated_at"], types[Storage.INTEGER])
    for field in standard_fields():
        if not field.system:
            expected[field.column] = types[field.type.storage]
            if field.has_key:
                expected[field.key_column] = key_type
    assert columns == expected
