"""Columns of instants: taken apart, they are written as each cell alone would be."""

from datetime import date

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from leadline.client.reading.instants import days_of, instants_written
from leadline.client.reading.splitting import DATE_GROWTH
from leadline.source_file.date_order import DateEvidence, iso_writer

DAYS = st.sampled_from(
    [
        "5/7/1990",
        "31.12.20",
        "13-1-2024",
        "1/31/2024",
        "2024-01-05",
        "2024-1-5",
        "0/0/2020",
        "1/2/25",
        "1 Jan 25",
        "soon",
    ]
)
TIMES = st.sampled_from(
    [
        "",
        " 3:45 PM",
        " 15:45:31",
        " 00:00",
        " 12:00AM",
        " 13:00 pm",
        " 25:00",
        " 3:45 XM",
        "T03:45",
        " 3:60",
        " 3:04",
    ]
)
CELLS = st.one_of(st.just(""), st.tuples(DAYS, TIMES).map("".join))


@given(cells=st.lists(CELLS, min_size=1, max_size=8), order=st.sampled_from(["mdy", "dmy", "ymd"]))
def test_instants_are_written_as_each_alone(cells: list[str], order: str) -> None:
    writer = iso_writer(order, date(2044, 12, 31))
    written = instants_written(pa.array(cells, pa.string()), writer)
    if written is not None:
        assert written.to_pylist() == [writer(cell) for cell in cells]


def test_usual_instants_are_taken_apart() -> None:
    cells = pa.array(["5/7/1990 3:45 PM", "", "6/7/1990 12:05:59 AM", "5/7/1990 3:45 PM"])
    written = instants_written(cells, iso_writer("dmy", date(2044, 12, 31)))
    assert written.to_pylist() == ["1990-07-05T15:45", "", "1990-07-06T00:05:59", "1990-07-05T15:45"]
    assert days_of(cells) == ["5/7/1990", "", "6/7/1990"]


@given(cell=CELLS, order=st.sampled_from(["mdy", "dmy", "ymd"]))
def test_no_date_grows_beyond_what_pieces_leave_room_for(cell: str, order: str) -> None:
    assert len(iso_writer(order, date(2044, 12, 31))(cell)) <= len(cell) + DATE_GROWTH


@given(cells=st.lists(CELLS, min_size=1, max_size=8))
def test_days_prove_what_their_instants_do(cells: list[str]) -> None:
    whole, days = DateEvidence(), DateEvidence()
    whole.look_at(dict.fromkeys(cells, 1))
    days.look_at(dict.fromkeys(days_of(pa.array(cells, pa.binary())), 1))
    assert set(whole.groups) == set(days.groups)
    assert (whole.has_dates, whole.decided, whole.open_order) == (
        days.has_dates,
        days.decided,
        days.open_order,
    )
