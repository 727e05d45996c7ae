"""§8: whatever the chunk borders, a date that may be either is told of where others of its column are day first."""

import copy

from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.model.jobs import FileFormat
from leadline.model.rules import Rules
from tests.forms import times
from tests.oracle import Import, World, lines_of
from tests.oracle_cells import records_of
from tests.property.engine import run_engine
from tests.property.test_engine_equals_oracle import LEAD, stored

EITHER = ["03/04/2025", "3/4/25", " 12/1/1999 ", "07/07/2025", "7/7/07", "\u00a010/11/2024", "1/2/24 10:00"]
MONTH_FIRST = ["12/31/2024", "4/30/25", "02/29/2024", "1/13/24 11:59 PM"]
DAY_FIRST = ["13/04/2025", "31/12/24", "29/2/2024", "25/12/2024 23:59", "30/1/99 1:05 PM"]
NEITHER = [
    "31/02/2025",
    "13/13/2025",
    "32/1/2025",
    "0/1/2025",
    "13/4/025",
    "13/4/2025x",
    "113/4/2025",
    "13/4/25 99:00",
]
OTHERS = [
    "",
    " ",
    "NULL",
    "2025-04-03",
    "2025/04/13",
    "x 13/04/2025",
    "http://x.co/24/05/13",
    "nul\0",
    "13/04/2025\0",
]
DATE = st.one_of(
    *(st.sampled_from(each) for each in (EITHER, EITHER, MONTH_FIRST, DAY_FIRST, NEITHER, OTHERS))
)
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["a@x.co", "b@x.co", "c@x.co", "", "bad"]), DATE, DATE, st.sampled_from(["1", "x"])
    ),
    min_size=1,
    max_size=12,
)
HEADER = ["email", "birthday", "seen", "customerNumber"]


@settings(max_examples=times(15, 1000, 30))
@given(
    ROWS,
    st.sampled_from(["warn", "warn", "accept", "fail"]),
    st.integers(1, 100),
    st.sampled_from(FileFormat),
    st.integers(0, 3),
)
def test_the_engine_equals_the_oracle(
    rows: list[tuple[str, ...]], rule: str, chunk_bytes: int, file_format: FileFormat, short: int
) -> None:
    """The proof may stand in any chunk, in a row that fails, or nowhere; short rows and blank lines prove nothing."""
    rules = Rules.model_validate({"ambiguous_dates": rule})
    lines = [file_format.delimiter.join(row) for row in [tuple(HEADER), *rows]]
    lines[-1] = file_format.delimiter.join(rows[-1][: 4 - short])
    file = "\n\n".join(lines).encode()
    world = World(people={}, next_id=1)
    theirs, ours = copy.deepcopy(world), copy.deepcopy(world)
    lookup = LEAD.field("email")
    assert lookup is not None
    records = records_of("\n\n".join(lines[1:]), file_format.delimiter)
    expected = Import(LEAD, lookup, rules, HEADER, theirs).run(records)
    told = run_engine(file, LEAD, "email", rules, ours, file_format, chunk_bytes)
    assert told.rows == [(each.row, each.outcome, each.id, each.reason, each.warning) for each in expected]
    assert stored(ours) == stored(theirs)
    assert told.warnings == lines_of(expected, file_format.delimiter, "warning")


def test_the_oracle_tells() -> None:
    """Both columns of a file whose last row gives them away."""
    file = "email,birthday,seen\na,3/4/25,7/7/07\nb,1/13/24,1/2/24 10:00\nc,NULL,31/12/24\nd,13/04/25,\n"
    told = run_engine(file.encode(), LEAD, "email", Rules(), World({}, 1), FileFormat.CSV, 1)
    assert [row[-1] for row in told.rows] == [
        "Invalid email address",
        "Invalid email address",
        None,
        None,
    ]
    file = file.replace("\na,", "\na@x.co,").replace("\nb,", "\nb@x.co,")
    told = run_engine(file.encode(), LEAD, "email", Rules(), World({}, 1), FileFormat.CSV, 1)
    assert [row[-1] for row in told.rows] == [
        "Ambiguous date in field Birthday",
        "Ambiguous date in field Seen",
        None,
        None,
    ]
