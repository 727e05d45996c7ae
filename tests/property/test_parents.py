"""§6.4: whatever the chunk borders, a link to the own type finds what rows before it have written."""

import copy
import random
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.model.jobs import FileFormat
from leadline.model.rules import Rules
from leadline.schema.object_links import Linkable, build_type
from leadline.schema.objects import ObjectDefinition
from tests.forms import times
from tests.oracle import RowResult, World
from tests.oracle_cells import Row, has_value
from tests.oracle_kinds import ObjectImport
from tests.property.engine import Outcome, run_engine

NODE = ObjectDefinition.model_validate(
    {
        "apiName": "node_c",
        "displayName": "Node",
        "dedupeFields": ["name"],
        "fields": [
            {"name": "name", "displayName": "Name", "dataType": "string", "length": 8},
            {"name": "rank", "displayName": "Rank", "dataType": "integer"},
            *(
                {"name": each, "displayName": each, "dataType": "link"}
                | {"relatedTo": {"name": "node_c", "field": "name"}}
                for each in ("parent", "owner")
            ),
            {"name": "aTwin", "displayName": "Twin", "dataType": "link"}
            | {"relatedTo": {"name": "node_c", "field": "marketoGUID"}},
        ],
    }
)
KIND = build_type(1, NODE, Linkable((), {1: NODE}))
COLUMNS = ["aTwin", "name", "parent", "owner", "rank"]
GUID = "00000000-0000-4000-8000-000000000000"
NAMES = ["a", "A", "b", "B", "c", "d", "é", "É", "stored", "STORED"]
NAME = st.sampled_from(NAMES)
LINK = st.sampled_from([*NAMES, "", "", "NULL", "nobody", " ", "\u200b"])
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["", "", GUID, GUID.upper(), "no-guid"]),
        st.one_of(NAME, st.sampled_from(["", "far too long"])),
        LINK,
        LINK,
        st.sampled_from(["1", "x", ""]),
    ),
    max_size=25,
)


def both(rows: list[tuple[str, ...]], chunk_bytes: int) -> tuple[list[RowResult], World, World, list[object]]:
    """Import rows with the oracle and with the engine; return what both say and leave."""
    record = {"f_name": "Stored", "updated_at": 1, "guid": GUID}
    world = World(people={1: record}, next_id=2)
    theirs, ours = copy.deepcopy(world), copy.deepcopy(world)
    oracle = ObjectImport(KIND, KIND.fields[0], Rules(), COLUMNS, theirs)
    oracle.let_point_to(theirs.people[1])
    expected = oracle.run([Row(list(row)) for row in rows if has_value(list(row))])
    told = by_engine(rows, ours, chunk_bytes)
    numbers = {record["guid"]: number for number, record in ours.people.items()}
    return expected, theirs, ours, [(*row[:2], numbers.get(row[2]), *row[3:]) for row in told.rows]


def by_engine(rows: list[tuple[str, ...]], world: World, chunk_bytes: int) -> Outcome:
    """Import rows into a world."""
    file = "".join(",".join(row) + "\n" for row in [tuple(COLUMNS), *rows]).encode()
    return run_engine(file, KIND, "dedupeFields", Rules(), world, FileFormat.CSV, chunk_bytes)


@settings(max_examples=times(15, 1000, 50))
@given(ROWS, st.integers(1, 120))
def test_the_engine_equals_the_oracle(rows: list[tuple[str, ...]], chunk_bytes: int) -> None:
    """Outcomes, reasons and the spelling of each link; a chunk may hold a row, or all of them."""
    expected, theirs, ours, told = both(rows, chunk_bytes)
    assert told == [(each.row, each.outcome, each.id, each.reason, each.warning) for each in expected]
    names = [f"f_{each.lower()}" for each in COLUMNS]
    assert [[record.get(name) for name in names] for record in ours.people.values()] == [
        [record.get(name) for name in names] for record in theirs.people.values()
    ]


LONG = 65_000


def _chain(first: str) -> list[tuple[str, ...]]:
    return [
        ("", "n0", first, "", ""),
        *(("", f"n{number}", f"n{number - 1}", "", "") for number in range(1, LONG)),
    ]


@pytest.mark.parametrize("first", ["", "nobody"])
def test_a_chain_as_long_as_a_chunk(first: str) -> None:
    """Each row is the next one's parent; where the first one fails, all do, in the time of a few look-ups."""
    began = perf_counter()
    told = by_engine(_chain(first), World(people={}, next_id=1), 8 * 1024 * 1024)
    assert told.counts == dict.fromkeys(told.counts, 0) | {"failed" if first else "created": LONG}
    assert perf_counter() - began < 60, (
        "seconds, on any machine; row after row as queries it would be an hour"
    )


def test_a_forest_in_any_order() -> None:
    """Parents stand before and behind their children, some of them fail, and keys come back."""
    dice = random.Random(7)
    names = [f"n{number}" for number in range(700)]
    rows = [
        (
            "",
            dice.choice(names),
            dice.choice([*names, ""]),
            dice.choice(["", "", dice.choice(names)]),
            dice.choice("11x"),
        )
        for _ in range(3000)
    ]
    roots = [("", name, "", "", "") for name in names[:200]]
    expected, _, _, told = both([*roots, *rows], 1000)
    assert [row[:2] for row in told] == [(each.row, each.outcome) for each in expected]
    assert {each.outcome for each in expected} == {"created", "updated", "failed"}
