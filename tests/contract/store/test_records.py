"""The people: what is written is what is found and read, in bulk, whatever comes first."""

from typing import Any

import pyarrow as pa
import pytest

from leadline.schema.catalog import Field, custom_field
from leadline.schema.leads import lead_type
from leadline.store import catalog, change_log, lists, reading, records
from leadline.store.base import Database
from tests.contract.store.places import NOW, Place, in_threads, rolled_back
from tests.contract.store.writes import add_to_list, insert_leads, update_leads

CONSTANTS: dict[str, int | str | None] = {
    "partition_id": 1,
    "f_originalsourcetype": "Web service API",
    "f_originalsourceinfo": None,
}
CROWDS = (0, 400)
"""So many others beside the rows that matter: few rows go another way into PostgreSQL than many."""

ODD_TEXTS = (
    " ",
    "a" * 100_000,
    "Zoë",
    "Zoe\u0308",
    "\U0001f600\U0010ffff",
    "\ufeffmark",
    "\u2028line\u2029",
    "\u202eright to left",
    "שלום",
    "line\r\nline\tline",
    "\x01\x1f\x7f",
    "back\\slash \\u0041 \"quotes\" 'single' `tick`",
    "'; DROP TABLE lead; --",
    "NULL",
    "null",
    "0",
    "007",
    "1e3",
    "[1,2]",
    '{"a":1}',
    "%_*?",
    ":name ?1 $1",
)


def _field(database: Database, name: str) -> Field:
    with database.read() as session:
        field = catalog.load_lead_type(session).field(name)
    assert field is not None
    return field


def _insert(database: Database, rows: pa.Table) -> list[int]:
    """Insert rows under new ids; return these."""
    with database.write() as session:
        records.take_writer(session)
        next_id = records.next_id(session, "lead")
        ids = list(range(next_id, next_id + rows.num_rows))
        insert_leads(session, rows.append_column("id", pa.array(ids, pa.int64())), CONSTANTS)
        records.set_next_id(session, "lead", next_id + rows.num_rows)
    return ids


def _values(found: list[reading.Record]) -> list[dict[str, Any]]:
    return [record.values for record in found]


def _people(emails: list[str], **columns: Any) -> pa.Table:
    folded = [email.lower() for email in emails]
    return pa.table({"f_email": emails, "k_email": folded, **columns})


def _match(database: Database, lookup: str, names: list[str], keys: list[Any]) -> list[dict[str, Any]]:
    fields = [_field(database, name) for name in names]
    with database.read() as session:
        kind = pa.int64() if keys and isinstance(keys[0], int) else pa.string()
        known = catalog.load_lead_type(session)
        key = known.key(lookup)
        assert key is not None
        found = records.match(session, known, key, fields, pa.array(keys, kind)).to_pylist()
    return sorted(found, key=lambda row: row["id"])


def test_match_returns_every_record_of_every_key(database: Database) -> None:
    """Keys may find none, one or several records; the folded key compares byte for byte."""
    ids = _insert(database, _people(["a@x.y", "B@x.y", "b@x.y", "c@x.y"], f_firstname=["A", "B", None, "C"]))
    found = _match(database, "email", ["firstName"], ["b@x.y", "c@x.y", "nobody", "A@x.y", "x' OR 1=1"])
    assert [(row["key"], row["id"], row["f_firstname"]) for row in found] == [
        ("b@x.y", ids[1], "B"),
        ("b@x.y", ids[2], None),
        ("c@x.y", ids[3], "C"),
    ]
    assert {(row["partition_id"], row["updated_at"]) for row in found} == {(1, NOW)}
    assert _match(database, "email", ["firstName"], []) == []
    assert [row["id"] for row in _match(database, "id", ["email"], [ids[0], ids[2], 10**15])] == [
        ids[0],
        ids[2],
    ]


def test_very_many_keys_find_each_of_their_records(database: Database) -> None:
    places, emails = [0, 8_191, 8_192, 20_000], [f"p{number}@x.y" for number in range(20_001)]
    ids = _insert(database, _people([emails[each] for each in places]))
    assert [row["id"] for row in _match(database, "email", [], emails)] == ids


def test_no_record_without_a_key_is_found(database: Database) -> None:
    """A cleared key matches nothing."""
    _insert(database, pa.table({"f_email": pa.nulls(2, pa.string()), "k_email": pa.nulls(2, pa.string())}))
    assert _match(database, "email", [], ["", "None", "null"]) == []


@pytest.mark.parametrize("nulls", [0, 1, 1023, 1024, 1025, 3000])
def test_a_null_beginning_does_not_break_later_values(database: Database, nulls: int) -> None:
    """The driver infers a column's type from its first 1,024 rows: nulls there, then values, must be
    written and read back as they are, for every storage class.
    """
    count = nulls + 5
    emails = [f"p{n:06}@x.y" for n in range(count)]
    values: dict[str, tuple[pa.DataType, list[Any]]] = {
        "f_firstname": (pa.large_string(), ["Ann", None, "Zoë", "", "7"]),
        "f_leadscore": (pa.int64(), [1, None, -(2**31), 2**62, 0]),
        "f_urgency": (pa.float64(), [1.0, None, 0.1, -2.5e300, 3.0]),
        "f_mktoacquisitiondate": (pa.int64(), [0, None, -1, 253_402_300_799, 5]),
        "f_dateofbirth": (pa.string(), ["2000-01-31", None, "0001-01-01", "9999-12-31", "2000-01-31"]),
    }
    columns = {name: pa.array([None] * nulls + tail, kind) for name, (kind, tail) in values.items()}
    _insert(database, _people(emails, **columns))
    names = ["firstName", "leadScore", "urgency", "mktoAcquisitionDate", "dateOfBirth"]
    found = _match(database, "email", names, emails)
    assert len(found) == count
    for name, (_, tail) in values.items():
        assert [row[name] for row in found] == [None] * nulls + tail
    with database.read() as session:
        fields = [_field(database, name) for name in ("firstName", "urgency")]
        scope = reading.having("id", [row["id"] for row in found[-9:]])
        read = _values(reading.read(session, lead_type(), fields, scope, 0, 10))
    assert [row["firstName"] for row in read][-5:] == ["Ann", None, "Zoë", "", "7"]
    assert [row["urgency"] for row in read][-5:] == [1.0, None, 0.1, -2.5e300, 3.0]


@pytest.mark.parametrize("nulls", [0, 1023, 1025])
def test_an_update_writes_nulls_and_values(database: Database, nulls: int) -> None:
    """An update that clears the first thousand and sets the later ones; others stay untouched."""
    count = nulls + 3
    emails = [f"p{n:06}@x.y" for n in range(count + 1)]
    ids = _insert(database, _people(emails, f_firstname=["old"] * (count + 1), f_leadscore=[1] * (count + 1)))
    changes = pa.table(
        {
            "id": pa.array(ids[:count], pa.int64()),
            "f_firstname": pa.array([None] * nulls + ["a", "b", "c"], pa.string()),
            "f_leadscore": pa.array([None] * nulls + [7, 8, 9], pa.int64()),
        }
    )
    with database.write() as session:
        update_leads(session, changes, NOW + 5)
    found = _match(database, "email", ["firstName", "leadScore"], emails)
    assert [row["f_firstname"] for row in found] == [None] * nulls + ["a", "b", "c", "old"]
    assert [row["f_leadscore"] for row in found] == [None] * nulls + [7, 8, 9, 1]
    assert [row["updated_at"] for row in found] == [NOW + 5] * count + [NOW]


@pytest.mark.parametrize("crowd", CROWDS)
def test_any_text_is_kept_and_found(database: Database, crowd: int) -> None:
    """Text without NUL comes back as it went in, as a value and as a key, however odd or long."""
    keys = [f"{text}@{number}" for number, text in enumerate(ODD_TEXTS)]
    emails = keys + [f"other{number}@x.y" for number in range(crowd)]
    notes = [*ODD_TEXTS, *("" if number % 2 else None for number in range(crowd))]
    rows = pa.table({"f_email": emails, "k_email": emails, "f_mktopersonnotes": notes})
    ids = _insert(database, rows)[: len(keys)]
    found = _match(database, "email", ["mktoPersonNotes", "email"], emails)[: len(keys)]
    assert [row["id"] for row in found] == ids
    assert [row["key"] for row in found] == keys
    assert [row["f_email"] for row in found] == keys
    assert [row["f_mktopersonnotes"] for row in found] == list(ODD_TEXTS)


@pytest.mark.parametrize("crowd", CROWDS)
def test_odd_constants(database: Database, crowd: int) -> None:
    """What is the same in all new records is kept as it is too, quotes and all."""
    emails = ["a@x.y", *(f"other{number}@x.y" for number in range(crowd))]
    odd = "List: Bob's \"best\" :name ?1 \\ \U0001f600 -- /* ; '"
    with database.write() as session:
        rows = _people(emails, id=list(range(1, crowd + 2)))
        insert_leads(session, rows, CONSTANTS | {"f_originalsourceinfo": odd}, 0)
    (found,) = _match(database, "email", ["originalSourceInfo", "originalSourceType"], ["a@x.y"])
    assert (found["f_originalsourceinfo"], found["f_originalsourcetype"]) == (odd, "Web service API")
    assert found["updated_at"] == 0


def test_an_empty_bulk_changes_nothing(database: Database) -> None:
    """Chunks without new, changed or listed records are the common case of a repeated file."""
    with database.write() as session:
        before = records.version(session)
        insert_leads(session, pa.table({"id": pa.array([], pa.int64())}), CONSTANTS)
        update_leads(session, pa.table({"id": pa.array([], pa.int64())}))
        assert add_to_list(session, 1001, []) == []
        assert records.is_empty(session, "lead")
        assert records.version(session) == before
        assert change_log.first_set(session) is None


def test_ids_are_taken_under_the_writer_row(place: Place, database: Database) -> None:
    """Two writers never give the same id, and a rolled back transaction leaves the counter as it was."""

    def add_some(number: int) -> list[int]:
        own = place.database(worker=bool(number % 2))
        ids = [_insert(own, _people([f"{number}-{n}"]))[0] for n in range(20)]
        own.close()
        return ids

    ids = sorted(each for some in in_threads(4, add_some) for each in some)
    assert ids == list(range(1, 81))
    with rolled_back(database) as session:
        records.set_next_id(session, "lead", 1000)
    with database.write() as session:
        assert records.next_id(session, "lead") == 81


def test_list_members_once_and_in_order(database: Database) -> None:
    """Who is a member stays one, once; members are read in pages by ascending id."""
    ids = _insert(database, _people([f"{n}@x.y" for n in range(1500)]))
    with database.write() as session:
        add_to_list(session, 1001, ids[100:])
        add_to_list(session, 1001, ids[:200])
        add_to_list(session, 1002, ids[:1])
    fields = [_field(database, "id"), _field(database, "email")]
    with database.read() as session:
        scope = reading.in_list(1001)
        whole = _values(reading.read(session, lead_type(), fields, scope, 0, 10_000))
        page = _values(reading.read(session, lead_type(), fields, scope, ids[299], 300))
        assert lists.members_among(session, 1002, ids[:3]) == {ids[0]}
    assert [row["id"] for row in whole] == ids
    assert [row["id"] for row in page] == ids[300:600]


def test_custom_fields_come_while_rows_exist(place: Place, database: Database) -> None:
    """Fields added later: old rows show null or false, every open connection sees the new column, the
    field can be written, looked up and filtered by.
    """
    ids = _insert(database, _people(["a@x.y", "b@x.y"]))
    other = place.database(worker=True)
    assert len(_match(other, "email", ["firstName"], ["a@x.y"])) == 1
    fields = [
        custom_field("color", "Color", "string"),
        custom_field("number", "Number", "integer"),
        custom_field("vip", "Vip", "boolean"),
        custom_field("ratio", "Ratio", "float"),
        custom_field("select", "A word of SQL", "text"),
    ]
    with database.write() as session:
        for field in fields:
            catalog.add_fields(session, "lead", [field])
    names = [field.name for field in fields]
    (found,) = _match(other, "email", names, ["a@x.y"])
    assert [found[field.column] for field in fields] == [None, None, 0, None, None]
    changes = {"id": ids[1:], "f_color": ["Red"], "k_color": ["red"], "f_number": [7], "f_ratio": [0.5]}
    with other.write() as session:
        update_leads(session, pa.table(changes))
    assert [row["id"] for row in _match(database, "color", ["number"], ["red", "Red"])] == [ids[1]]
    assert [row["f_ratio"] for row in _match(database, "number", ["ratio"], [7, 8])] == [0.5]
    with database.read() as session:
        known = catalog.load_lead_type(session)
        (read,) = _values(reading.read(session, known, fields, reading.having("k_color", ["red"]), 0, 10))
        assert reading.count(session, known, reading.having("f_number", [7]), 10) == 1
    assert read == {"color": "Red", "number": 7, "vip": False, "ratio": 0.5, "select": None}
    other.close()


def test_a_field_is_added_whole_or_not(database: Database) -> None:
    """Columns and catalogue line are one commit, also where the database could commit DDL alone."""
    with rolled_back(database) as session:
        catalog.add_fields(session, "lead", [custom_field("color", "Color", "string")])
    with database.write() as session:
        assert catalog.load_lead_type(session).field("color") is None
        catalog.add_fields(session, "lead", [custom_field("color", "Color", "string")])
    assert _field(database, "color").custom


@pytest.mark.parametrize("left_out", [(), (700,), (700, 701), (1, 1_000)])
def test_very_many_ids_find_and_delete_their_records_and_no_other(
    database: Database, left_out: tuple[int, ...]
) -> None:
    """Ids of which none is left out between go as a range; some that are given twice make up for no other."""
    ids = _insert(database, _people([f"p{number}@x.y" for number in range(1_001)]))[:-1]
    given = [each for each in ids if each - ids[0] + 1 not in left_out]
    found = _match(database, "id", ["email"], given)
    assert [row["id"] for row in found] == given
    with database.write() as session:
        twice = pa.array([*given, *given[: len(left_out)]], pa.int64())
        session.delete("lead_often", "id", twice, {"partition_id": 1})
        left = session.built_rows("SELECT id FROM {schema}.lead ORDER BY id", {})
    assert [row["id"] for row in left] == [*(each for each in ids if each not in given), ids[-1] + 1]
