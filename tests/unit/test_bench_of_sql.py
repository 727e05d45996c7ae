"""What the bench loads by hand: tables made from the product's own migrations, and the table that it prints."""

from pathlib import Path

import psycopg
import pytest
from adbc_driver_sqlite import dbapi

from tests.bench.beside_sql import AIMS, table
from tests.bench.hand_tables import FILE_COLUMNS, TABLES, HandTable
from tests.bench.races import FRESH, SAME, Races
from tests.clusters import url_for

STAGE = f"CREATE TABLE stage ({' text, '.join(FILE_COLUMNS)} integer)"
ROWS = ["('Ann', 'A', 'a@example.com', 'C', 'T', 1)", "('Bob', 'B', 'b@example.com', 'C', 'T', 2)"]
CHANGED = ["('Anna', 'A', ' A@example.com', 'C', 'T', 3)"]
FOUND = [("Anna", 3), ("Bob", 2)]


def _script(made: HandTable) -> list[str]:
    loads = [
        text
        for rows in (ROWS, CHANGED)
        for text in ("DELETE FROM stage", f"INSERT INTO stage VALUES {', '.join(rows)}", made.insert)
    ]
    return [*(each for each in made.ddl.split(";\n") if each.strip()), STAGE, *loads]


def _columns(made: HandTable) -> str:
    first, last = (f"f_{each}" if made.name != "plain" else each for each in ("firstname", "leadscore"))
    return f"SELECT {first}, {last} FROM {made.name} ORDER BY {first}"


@pytest.mark.parametrize("name", TABLES)
def test_a_key_that_is_there_is_changed_on_sqlite(name: str) -> None:
    made = TABLES[name]("sqlite")
    with dbapi.connect() as link, link.cursor() as cursor:
        for statement in _script(made):
            cursor.execute(statement)
        cursor.execute(_columns(made))
        assert cursor.fetchall() == FOUND


@pytest.mark.parametrize("name", TABLES)
def test_a_key_that_is_there_is_changed_on_postgres(name: str, tmp_path: Path) -> None:
    made = TABLES[name]("postgres")
    with psycopg.connect(url_for("postgres", tmp_path), autocommit=True) as link:
        for statement in _script(made):
            link.execute(statement)
        assert link.execute(_columns(made)).fetchall() == FOUND


@pytest.mark.parametrize("kind", AIMS)
def test_the_product_s_table_has_its_indexes(kind: str) -> None:
    made = TABLES["product"](kind)
    assert "(partition_id)" in made.ddl
    assert [line for line in made.ddl.splitlines() if "UNIQUE" in line] == [
        f"CREATE UNIQUE INDEX lead_k_email ON {made.name} (k_email);"
    ]


def test_a_table_that_nobody_loaded_has_no_figures(tmp_path: Path) -> None:
    races = Races(tmp_path, "sqlite", {}, 2)
    races.times = {FRESH: {"Leadline": [1.0, 2.0], "product": [2.0, 2.0]}, SAME: {"Leadline": [0.5, 0.5]}}
    _, _, fresh, same, *_ = table(races, AIMS["sqlite"]).splitlines()
    assert fresh == f"| {FRESH} | 1.50 | 95,667 | 2.00 | **0.75** (0.50..1.00) | 0.9 | - | - | 1.3 |"
    assert same == f"| {SAME} | 0.50 | 287,000 | - | - | 0.45 | - | - | 0.8 |"
