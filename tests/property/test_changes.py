"""What the change log tells of a file whose rows share records: the oracle's cells, wherever the file is cut.

Few keys and values, so that rows meet, lead cells to another value and back, and repeat what was there;
and now and then a few long rows among many short ones, whose fields are decided apart.
"""

import copy
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.engine.header import read_header
from leadline.model.jobs import FileFormat
from leadline.model.rules import Rules
from leadline.schema.leads import lead_type
from tests.forms import times
from tests.oracle import Import, World
from tests.oracle_cells import records_of
from tests.property.engine import Outcome, run_engine

LEAD = lead_type()
NAMES = [
    "email",
    "firstName",
    "leadScore",
    "unsubscribed",
    "title",
    "city",
    "state",
    "country",
    "phone",
    "fax",
]
KEYS = st.sampled_from(["a@x.co", "b@x.co", "A@x.co", "new@x.co", "other@x.co"])
CELLS = {
    "leadScore": st.sampled_from(["1", "2", "", "none"]),
    "unsubscribed": st.sampled_from(["true", "false", "NULL"]),
}
TEXTS = st.sampled_from(["A", "B", "", "NULL"])
PEOPLE = {
    1: {"f_email": "a@x.co", "f_firstname": "A", "f_leadscore": 1, "f_title": "A"},
    2: {"f_email": "b@x.co", "f_city": "B", "f_unsubscribed": 1},
}


@st.composite
def files(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    """Return the columns and the rows of a file."""
    has_bands = draw(st.booleans())
    names = NAMES if has_bands else NAMES[: draw(st.integers(2, 5))]
    row = st.tuples(KEYS, *(CELLS.get(name, TEXTS) for name in names[1:])).map(list)
    rows = draw(st.lists(row, min_size=1, max_size=3 if has_bands else 12))
    if has_bands:
        short = draw(st.lists(st.tuples(KEYS, TEXTS).map(list), min_size=7, max_size=9))
        at = draw(st.integers(0, 60))
        many = [short[number % len(short)] for number in range(70)]
        rows = many[:at] + rows + many[at:]
    return names, rows


@settings(max_examples=times(12, 1000, 40))
@given(files(), st.sampled_from([60, 200, 700]), st.sampled_from(["keep", "clear"]))
def test_the_log_tells_the_cells_of_the_oracle(
    file: tuple[list[str], list[list[str]]], chunk_bytes: int, blank_cells: str
) -> None:
    names, rows = file
    text = "\n".join([",".join(names), *(",".join(row) for row in rows), ""])
    rules = Rules(blank_cells=blank_cells)
    field = LEAD.field("email")
    assert field is not None
    theirs = _world()
    oracle = Import(LEAD, field, rules, names, theirs)
    header = read_header([text.encode()], FileFormat.CSV)
    oracle.run(records_of(text[header.size :], ","))
    for size in (chunk_bytes, len(text)):
        ours = _world()
        told: Outcome = run_engine(text.encode(), LEAD, "email", rules, ours, FileFormat.CSV, size)
        assert told.log.written == oracle.log.written
        assert told.log.made.keys() == oracle.log.made.keys()
        for record, by_field in oracle.log.made.items():
            assert {name: told.log.made[record].get(name) for name in by_field} == by_field
        for lead_id, each in product(PEOPLE, LEAD.fields):
            new = ours.people[lead_id].get(each.column)
            assert told.log.written.get((lead_id, each.name), (0, new, 0))[1] == new, each.name


def _world() -> World:
    people = {
        lead_id: {"partition_id": 1, "updated_at": 100, "f_unsubscribed": 0, **values}
        for lead_id, values in PEOPLE.items()
    }
    return World(people=copy.deepcopy(people), next_id=10, names={1: "Default"})
