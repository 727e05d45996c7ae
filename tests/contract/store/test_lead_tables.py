"""The tables that hold the leads, and the view that makes one of them: what lies where, and how it is found."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pytest

from leadline.schema.catalog import Field, custom_field
from leadline.schema.leads import CUSTOM, LEAD, OFTEN, SELDOM
from leadline.schema.types import Storage
from leadline.store import catalog, reading, records
from leadline.store.base import Database, Session
from tests.contract.store.places import NOW, Place
from tests.contract.store.writes import insert_leads, update_leads, writer_of

TABLES = (OFTEN, SELDOM, CUSTOM)
CUSTOM_FIELDS = (
    custom_field("color", "Color", "string"),
    custom_field("number", "Number", "integer"),
    custom_field("vip", "Vip", "boolean"),
)
FEW_AND_MANY = (0, 400)
"""So many others beside the rows that matter: few rows go another way into PostgreSQL than many."""


@pytest.fixture
def with_fields(database: Database) -> Database:
    """The store with custom fields."""
    with database.write() as session:
        catalog.add_fields(session, LEAD, CUSTOM_FIELDS)
    return database


def _default(field: Field) -> str | None:
    """Return a field's default as the database writes it, without the type that PostgreSQL adds."""
    if isinstance(field.default, bool):
        return str(int(field.default))
    return None if field.default is None else f"'{field.default}'"


def test_catalogue_tables_and_view_say_the_same(with_fields: Database) -> None:
    """Each column lies in the one table that its field names, with the field's default, and in the view."""
    with with_fields.read() as session:
        tables = {name: session.columns(name) for name in TABLES}
        view, known = list(session.columns(LEAD)), catalog.load_lead_type(session)
    expected: dict[str, dict[str, str | None]] = {name: {"id": None} for name in TABLES}
    expected[OFTEN] |= {"partition_id": None, "created_at": None, "updated_at": None, "changed": "0"}
    for field in known.fields:
        if field.system_column is None and not field.computed:
            expected[field.side_table or OFTEN] |= {field.column: _default(field)}
            expected[field.side_table or OFTEN] |= {field.key_column: None} if field.has_key else {}
    found = {
        name: {column: default and default.removesuffix("::text") for column, default in columns.items()}
        for name, columns in tables.items()
    }
    assert found == expected
    assert view == [
        *tables[OFTEN],
        *(name for each in (SELDOM, CUSTOM) for name in tables[each] if name != "id"),
    ]
    assert {name: set(columns) for name, columns in known.side_columns.items()} == {
        name: set(tables[name]) - {"id"} for name in (SELDOM, CUSTOM)
    }


_SHARD = re.compile(r"_\d{6,}\b")
"""What Citus puts behind the name of a table or an index, as it is called on its node."""


class _Explaining:
    """A connection that keeps the plan of each statement before it runs it."""

    def __init__(self, connection: Any, word: str) -> None:
        self._connection, self._word = connection, word
        self.steps: list[str] = []

    def ask(self, *statements: Any, takes_long: bool = False) -> Any:
        for sql, values in statements:
            (plan,) = self._connection.ask((self._word.encode() + b" " + sql, values))
            self.steps += [_SHARD.sub("", next(iter(row.values()))) for row in plan]
        return self._connection.ask(*statements, takes_long=takes_long)

    def all(self, sql: str, values: Any) -> Any:
        self.steps += self._connection.all(f"{self._word} {sql}", values)["detail"].to_pylist()
        return self._connection.all(sql, values)

    few_or_all = all


@contextmanager
def _explained(place: Place, database: Database) -> Iterator[tuple[Any, _Explaining]]:
    with database.read() as opened:
        session: Any = opened
        plain = session._connection
        session._connection = _Explaining(plain, "EXPLAIN" if place.url else "EXPLAIN QUERY PLAN")
        yield session, session._connection
        session._connection = plain


def _reads_whole(steps: list[str]) -> bool:
    """Tell whether any step of a plan goes through a table from end to end."""
    text = "\n".join(steps)
    of_sqlite = re.search(r"^SCAN (?!k VIRTUAL|found$)", text, re.MULTILINE)
    of_postgres = "Seq Scan" in text or len(re.findall(r"Index .*Scan", text)) > text.count("Index Cond")
    return bool(of_sqlite or of_postgres)


LOOK_UPS = ("id", "email", "cookies", "sfdcLeadId", "twitterId", "color", "number")


@pytest.mark.parametrize("name", LOOK_UPS)
def test_each_key_finds_by_its_index(place: Place, with_fields: Database, name: str) -> None:
    """Look-ups and filters begin at the index of the key, in whichever table it is; none is read whole."""
    with _explained(place, with_fields) as (session, connection):
        known = catalog.load_lead_type(session)
        key = known.key(name)
        assert key is not None
        fields = [each for each in known.fields if each.name in ("title", "personType", "vip")]
        keys: list[Any] = [1, 2] if key.storage is Storage.INTEGER else ["a", "b"]
        plans = []
        for find in (
            lambda: records.match(session, known, key, fields, pa.array(keys)),
            lambda: reading.read(session, known, fields, reading.having(key.column, keys), 0, 10),
            lambda: reading.count(session, known, reading.having(key.column, keys), 10),
        ):
            connection.steps.clear()
            find()
            plans.append(list(connection.steps))
    index = "PRIMARY KEY|lead_often_pkey" if name == "id" else f"lead_(custom_)?{key.column}"
    for steps in plans:
        assert re.search(rf"\b({index})\b", "\n".join(steps)), steps
        assert not _reads_whole(steps), steps


LINKS = {"externalCompanyId": "lead_company", "externalSalesPersonId": "lead_sales_person"}


@pytest.mark.parametrize("name", LINKS)
def test_who_is_linked_is_found_by_the_index_of_the_link(place: Place, database: Database, name: str) -> None:
    """Before an account is deleted, it is asked whether any lead points to it."""
    with _explained(place, database) as (session, connection):
        known = catalog.load_lead_type(session)
        link = known.field(name)
        assert link is not None
        assert records.linked_from(session, known, link, [1, 2]) == set()
        assert f"INDEX {LINKS[name]} " in re.sub("using ", "INDEX ", "\n".join(connection.steps))
        assert not _reads_whole(connection.steps), connection.steps


OTHER_LOOK_UPS: dict[str, tuple[str, dict[str, int]]] = {
    "company": ("k_externalcompanyid", {}),
    "sales_person": ("k_email", {}),
    "program_member": ("lead_id", {"program_id": 1001}),
    "list_member": ("lead_id", {"list_id": 1001}),
    "ended_membership": ("lead_id", {"within": 1001}),
    "change_set": ("number", {}),
}


@pytest.mark.parametrize("table", OTHER_LOOK_UPS)
def test_each_look_up_in_another_table_begins_with_the_keys(
    place: Place, database: Database, table: str
) -> None:
    column, only = OTHER_LOOK_UPS[table]
    keys = pa.array(["a", "b"] if column.startswith("k_") else [1, 2])
    with _explained(place, database) as (session, connection):
        session.match(table, column, {column: Storage.TEXT}, keys, only)
        assert not _reads_whole(connection.steps), connection.steps


def _people(count: int, **columns: list[Any]) -> pa.Table:
    """Return so many leads; the last value of a column goes on to the end."""
    emails = [f"p{number}@x.co" for number in range(count)]
    own = {name: [*values, *[values[-1]] * (count - len(values))] for name, values in columns.items()}
    return pa.table(
        {"id": pa.array(range(1, count + 1), pa.int64()), "f_email": emails, "k_email": emails, **own}
    )


def _rows(session: Session, table: str) -> list[int]:
    return [row["id"] for row in session.built_rows(f"SELECT id FROM {{schema}}.{table} ORDER BY id", {})]


def _read(session: Session, names: list[str], ids: list[int]) -> list[tuple[Any, ...]]:
    known = catalog.load_lead_type(session)
    fields = [each for name in names if (each := known.field(name)) is not None]
    found = reading.read(session, known, fields, reading.having("id", ids), 0, 100)
    return [tuple(each.values.values()) for each in found]


NAMES = ["personType", "mktoIsPartner", "gender", "vip", "color"]


@pytest.mark.parametrize("crowd", FEW_AND_MANY)
def test_a_side_table_has_rows_of_leads_that_hold_more_than_defaults(
    with_fields: Database, crowd: int
) -> None:
    """A boolean reads as false where nobody set it, and as null where somebody set it to that."""
    rows = _people(
        5 + crowd,
        f_persontype=["contact", "contact", "employee", None, "contact"],
        f_mktoispartner=[0, 1, 0, None, 0],
        f_gender=[None, None, "f", None, None],
        f_vip=pa.array([0, 0, 1, None, 0]),
        f_color=["Red", None, None, None, None],
        k_color=["red", None, None, None, None],
    )
    with with_fields.write() as session:
        insert_leads(session, rows)
        assert (_rows(session, SELDOM), _rows(session, CUSTOM)) == ([2, 3, 4], [1, 3, 4])
        assert _read(session, NAMES, [1, 2, 3, 4, 5]) == [
            ("contact", False, None, False, "Red"),
            ("contact", True, None, False, None),
            ("employee", False, "f", True, None),
            (None, None, None, None, None),
            ("contact", False, None, False, None),
        ]


@pytest.mark.parametrize("crowd", FEW_AND_MANY)
def test_an_update_sets_and_clears_in_each_table(with_fields: Database, crowd: int) -> None:
    """A row comes with the first value, and what has a row is cleared in it; stamps and other cells stay right."""
    count = 4 + crowd
    with with_fields.write() as session:
        insert_leads(session, _people(count, f_gender=["m", "m", None, None], f_title=["T"]))
        assert _rows(session, SELDOM) == [1, 2]
        ids = pa.array(range(1, count + 1), pa.int64())
        gender = pa.array(["f", None, "f", *[None] * (1 + crowd)])
        update_leads(session, pa.table({"id": ids, "f_gender": gender}), NOW + 5)
        update_leads(session, pa.table({"id": ids[3:4], "f_vip": pa.array([None], pa.int64())}), NOW + 6)
        assert (_rows(session, SELDOM), _rows(session, CUSTOM)) == ([1, 2, 3], [4])
        found = _read(session, ["gender", "title", "vip", "personType"], [1, 2, 3, 4])
        stamps = session.match(LEAD, "id", {"updated_at": Storage.INTEGER}, ids[:4], {})["updated_at"]
    assert found == [
        ("f", "T", False, "contact"),
        (None, "T", False, "contact"),
        ("f", "T", False, "contact"),
        (None, "T", None, "contact"),
    ]
    assert sorted(stamps.to_pylist()) == [NOW + 5, NOW + 5, NOW + 5, NOW + 6]


def test_a_deleted_lead_leaves_no_row_in_any_table(with_fields: Database) -> None:
    with with_fields.write() as session:
        rows = _people(3, f_gender=["f", "f", "m"], f_color=["Red"], k_color=["red"])
        insert_leads(session, rows)
        known = catalog.load_lead_type(session)
        with writer_of(session) as writer:
            writer.delete_leads(known, writer.stored(known.table, pa.array([1, 3], pa.int64()), {}))
        assert [_rows(session, table) for table in TABLES] == [[2], [2], [2]]
