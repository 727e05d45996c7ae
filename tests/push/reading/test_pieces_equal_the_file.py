"""Whatever file is pushed: its pieces have its rows, each once, in the order that its keys need."""

import csv
import io
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadline.client.errors import PushError
from leadline.client.options import Order
from leadline.client.reading import portions, rows_of, rows_of_span
from leadline.client.reading.portions import is_blank
from leadline.source_file.outer_space import OUTER_SPACE
from tests.push.reading.files import FORMATS, Opened, options_for, rows_in

HEADER = ["email", "firstName", "company", "dateOfBirth"]
DAYS = {
    "": "",
    "5/7/1990": "1990-07-05",
    "1990-07-05": "1990-07-05",
    "31/12/1990": "1990-12-31",
    "soon": "soon",
}
CODECS = ("utf-8", "utf-8-sig", "utf-16", "cp1252", "shift_jis")
KEYS = st.sampled_from(["a@x.com", "A@X.com ", "b@x.com", "c@x.com", "d@x.com", "", " ", "\x1a"])
CELLS = st.one_of(
    st.sampled_from(
        [
            "",
            "Ann",
            'say "x"',
            "two\nlines",
            "two\r\nlines",
            "a,b;c\td|e",
            "é",
            "5/7/2025",
            "\x0b",
            "N/A",
            "\x1a",
        ]
    ),
    st.text(st.characters(codec="ascii"), max_size=12),
)
ONE_VALUE = st.tuples(
    st.sampled_from(["", " ", "\x1a"]), st.sampled_from([["", "x", ""], ["", "", "soon"]])
).map(lambda cells: [cells[0], *cells[1]])
"""Where the column of the value is left out, nothing of the row is sent."""


def text_of(
    rows: list[list[str]], delimiter: str, quoting: int, line_end: str, ends: bool, blank: list[int]
) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=line_end)
    for number, row in enumerate(rows):
        writer.writerow(row)
        if number in blank:
            text.write(line_end)
    whole = text.getvalue()
    return whole if ends else whole.removesuffix(line_end)


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, str, str]:
    """Return the bytes of a file, its text and its delimiter."""
    delimiter, codec = draw(st.sampled_from(",;\t|")), draw(st.sampled_from(CODECS))
    days = st.sampled_from(list(DAYS))
    row = st.tuples(KEYS, CELLS, CELLS, days).map(list)
    rows = draw(st.lists(st.one_of(row, row, ONE_VALUE), min_size=1, max_size=12))
    if draw(st.booleans()):
        rows = [row[: draw(st.integers(2, 4))] + draw(st.sampled_from([[], ["more"]])) for row in rows]
    text = text_of(
        [HEADER, *rows],
        delimiter,
        draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
        draw(st.sampled_from(["\n", "\r\n", "\r"])),
        draw(st.booleans()),
        draw(st.lists(st.integers(0, 12), max_size=3)),
    )
    raw = text.encode(codec, "replace")
    return raw, raw.decode(codec), delimiter


def without_end_mark(text: str) -> str:
    """Return a text without what DOS programs put at its end."""
    bare = text.rstrip("\x1a\r\n")
    return text[: len(bare) + (text[len(bare) :] + "\x1a").index("\x1a")]


def as_sent(cells: list[str], dropped: str | None) -> list[str]:
    """Return what is sent of a row: its day written anew, without a column that is left out."""
    row = [*cells[:3], *(DAYS.get(cell, cell) for cell in cells[3:4]), *cells[4:]]
    return (
        row if dropped is None else [cell for place, cell in enumerate(row) if place != HEADER.index(dropped)]
    )


def key_of(row: list[str]) -> str:
    return row[0].strip(OUTER_SPACE).lower()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pieces") / "file.csv"


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    file=files(),
    piece_bytes=st.integers(60, 400),
    order=st.sampled_from(Order),
    block=st.integers(8, 200),
    dropped=st.sampled_from([None, None, "company", "dateOfBirth"]),
)
def test_pieces_have_the_rows_of_the_file(
    path: Path, file: tuple[bytes, str, str], piece_bytes: int, order: Order, block: int, dropped: str | None
) -> None:
    raw, text, delimiter = file
    path.write_bytes(raw)
    renamed = {dropped: ""} if dropped else {}
    options = options_for(path, piece_bytes, order, renamed, "dmy", FORMATS.get(delimiter, "auto"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(portions, "BLOCK_BYTES", block)
        try:
            got, again = Opened(path, options), Opened(path, options)
        except PushError as fault:
            if "longer than a piece" in str(fault) or "is one column" in str(fault):
                return
            raise
    if got.source.delimiter != delimiter:
        return
    numbered = dict(enumerate(rows_in(without_end_mark(text), delimiter)[1:], 1))
    seen: dict[int, list[str]] = {}
    waves: dict[str, list[tuple[int, int]]] = defaultdict(list)
    contents = got.contents()
    for piece, content in zip(got.plan.pieces, contents, strict=True):
        assert len(content) <= piece.bytes <= piece_bytes
        header, *sent = rows_in(content.decode(), got.source.sent_delimiter)
        assert header == [name for name in HEADER if name != dropped]
        rows = list(rows_of(got.source, piece))
        assert piece.rows == len(rows)
        assert sent == [row for _, cells in rows if (row := as_sent(cells, dropped)) and not is_blank(row)]
        for span in piece.spans:
            filled = rows_of_span(got.source, span) if span.is_filled else ()
            assert not any(is_blank(as_sent(cells, dropped)) for _, cells in filled)
        for number, cells in rows:
            assert number not in seen
            seen[number] = cells
            waves[key_of(cells)].append((piece.wave, number))
    for left in got.plan.left_out:
        seen |= dict(rows_of(got.source, left.piece))
    assert seen == numbered
    assert got.plan.rows == len(numbered)
    assert_order(got, waves, order)
    assert again.contents() == contents


def assert_order(file: Opened, waves: dict[str, list[tuple[int, int]]], order: Order) -> None:
    by_wave = defaultdict(int)
    for piece in file.plan.pieces:
        by_wave[piece.wave] += 1
    assert all(count == 1 for wave, count in by_wave.items() if wave > 1)
    if order is Order.OFF:
        assert set(by_wave) <= {1}
        return
    for key, places in waves.items():
        if key and order is Order.AUTO:
            assert sorted(places, key=lambda each: each[1]) == sorted(places)
            if by_wave[1] > 1:
                assert sum(wave == 1 for wave, _ in places) <= 1
