"""The lead table has exactly the columns that the catalogue speaks of, each of its storage class."""

from leadline.schema.leads import standard_fields
from leadline.store.base import Database


def test_the_table_is_the_catalogue(database: Database) -> None:
    """A standard field that is stored has its column, a searchable text its folded key."""
    with database.read() as session:
        columns = {row["name"]: row["type"] for row in session.built_rows("PRAGMA table_info(lead)", {})}
    expected = dict.fromkeys(["id", "partition_id", "created_at", "updated_at"], "INTEGER")
    for field in standard_fields():
        if not field.system:
            expected[field.column] = field.type.storage.value.upper()
            if field.has_key:
                expected[field.key_column] = "TEXT"
    assert columns == expected
