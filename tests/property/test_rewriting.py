"""A rewritten file says what the original said: every cell but dates keeps its characters, whatever they are."""

import csv
import io
from collections.abc import Callable
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from leadline.engine.records import read_records
from leadline.source_file.date_order import NAMED_MONTH, iso_writer
from leadline.source_file.rewriting import Rewriting
from leadline.source_file.survey import survey_of
from leadline.source_file.text_encoding import checked_encoding

CELLS = st.text(st.sampled_from("ab é\"',;\t|\r\n=0/1.@\u2028\x0b"), max_size=6)
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=0, max_size=width + 1), max_size=6)
)


@given(TABLES, st.sampled_from(",;\t|"), st.sampled_from(["UTF-8", "UTF-16"]), st.data())
def test_every_cell_keeps_its_characters(
    rows: list[list[str]], delimiter: str, encoding: str, data: st.DataObject
) -> None:
    header = [f"c{place}" for place in range(4)]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows([header, *rows])
    file = io.BytesIO(text.getvalue().encode("utf-8" if encoding == "UTF-8" else "utf-16"))
    names = [data.draw(st.sampled_from([name, None])) for name in header]
    survey = survey_of(file, checked_encoding(file, encoding), delimiter, above=0)
    rewriting = Rewriting(survey, names, {})
    written = b"".join(rewriting.pieces(file)).decode()
    kept = [place for place, name in enumerate(names) if name is not None]
    expected = [[row[place] for place in kept if place < len(row)] + row[4:] for row in rows]
    found = [cells for cells, _ in read_records(written, ",")]
    assert [row or [""] for row in found] == [
        row or [""] for row in [[header[place] for place in kept], *expected]
    ]
    blank = [not any(cell.strip() for cell in row) for row in expected]
    lost = sum(
        is_blank and any(cell.strip() for cell in row) for is_blank, row in zip(blank, rows, strict=True)
    )
    assert rewriting.rows_left_out == lost


@given(st.dates(date(1, 1, 1)), st.sampled_from("/.-"), st.sampled_from(["mdy", "dmy"]), st.booleans())
def test_a_date_is_written_as_the_day_that_was_meant(day: date, mark: str, order: str, padded: bool) -> None:
    parts = {
        "m": f"{day.month:02}" if padded else str(day.month),
        "d": f"{day.day:02}" if padded else str(day.day),
    }
    cell = mark.join([*(parts[each] for each in order[:2]), f"{day.year:04}"])
    assert iso_writer(order, date(2045, 12, 31))(cell) == day.isoformat()
    (column,) = survey_of(io.BytesIO(f"on\r\n{cell}\r\n".encode()), delimiter=";").columns
    assert order in " ".join(column.dates.groups)


@given(
    st.dates(date(1, 1, 1), date(9999, 12, 31)),
    st.sampled_from(["%-d %B %Y", "%d-%b-%Y", "%B %-d, %Y", "%b. %d %Y", "%A, %B %d, %Y", "%Y-%b-%d"]),
    st.sampled_from([str, str.upper, str.lower]),
    st.sampled_from(["named", "mdy", "dmy", "ymd"]),
)
def test_a_month_with_a_name_is_found_and_needs_no_order(
    day: date, form: str, case: Callable[[str], str], order: str
) -> None:
    """Whatever its column's other dates are; a file of it says that it has dates."""
    cell = case(day.strftime(form.replace("%Y", f"{day.year:04}")))
    assert iso_writer(order, date(2045, 12, 31))(cell) == day.isoformat()
    (column,) = survey_of(io.BytesIO(f'"on"\r\n"{cell}"\r\n'.encode()), delimiter=";").columns
    assert (column.dates.decided, column.dates.open_order) == (NAMED_MONTH, False)
