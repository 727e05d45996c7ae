"""What Arrow and RE2 find at once is what the csv module and each cell tell one by one."""

import csv
import io
import subprocess
import sys
from array import array
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leadline.client.reading import portions, repeats
from leadline.client.reading.keys import keys_of_columns, keys_of_rows
from leadline.client.reading.portions import Body, is_blank, portion_of
from leadline.client.reading.regular import RegularReader
from leadline.client.reading.row_lines import row_bytes
from leadline.client.reading.suspect_hints import Hints
from leadline.source_file.outer_space import OUTER_SPACE
from leadline.source_file.suspects import CLEARING, PLACEHOLDERS, damages_of, placeholders_of
from tests.push.reading.files import Opened, options_for, rows_in

HEADER = ("email", "firstName", "company")
LINES = st.text(st.sampled_from('""",,,\n\n\nab \r\x1a\u2003é\x0b'), max_size=40).map(
    lambda text: text.replace("\r", "\r\n")
)
CELLS = st.one_of(
    st.sampled_from(sorted(PLACEHOLDERS | CLEARING)),
    st.text(st.sampled_from('12eE+-,."=# ÃÂ¶Åx\n'), max_size=8),
)


@given(text=LINES)
@example(text='a,a,"\n')
@example(text='a",,"\n')
@example(text='"\n,"a,,\n\n')
@example(text='a,b,"c\nd,e,f\ng",h,i\n')
def test_arrow_reads_the_rows_of_the_csv_module_or_none(text: str) -> None:
    raw, body = text.encode(), Body("utf-8", ",", 0, 0, 3, 1)
    reader = RegularReader(body, HEADER)
    found = reader.read(raw, range(3)) if reader.can_read(raw) else None
    if found is None:
        return
    assert raw.startswith(found.text)
    lines = io.StringIO(found.text.decode(), newline="")
    wanted = list(filter(None, csv.reader(lines)))
    assert reader.has_blank_row(found.text) or not any(map(is_blank, wanted))
    assert [list(row) for row in zip(*map(found.texts, range(3)), strict=True)] == wanted
    assert len(wanted) == found.rows
    assert keys_of_columns(found, (0,)) == keys_of_rows(wanted, (0,))
    assert keys_of_columns(found, (0, 2)) == keys_of_rows(wanted, (0, 2))


@given(text=LINES)
@example(text='a"""b,c,"\nd\n"\n')
@example(text='"a\n""b",c,d\n,,\ne"",f"",g\n')
@example(text='5",x,"abc\ndef",6"\n')
@example(text='\r\na"\r\n')
def test_the_bytes_of_rows_are_those_of_the_csv_module(text: str) -> None:
    raw, body = text.encode(), Body("utf-8", ",", 0, 0, 3, 1)
    portion = portion_of(0, raw, body)
    wanted = [portion.raw[start:end] for start, end in portion.rows()]
    assert row_bytes(portion.raw, body, len(wanted)) == wanted
    read = [row for row in rows_in(portion.raw.decode(), ",") if not is_blank(row)]
    assert [rows_in(row.decode(), ",") for row in wanted] == [[row] for row in read]


def test_arrow_reads_nearly_all_of_usual_files() -> None:
    text = "".join(f'u{number}@x.com,"Ann, ""A""\nand {number}",Acme\r\n' for number in range(100))
    reader = RegularReader(Body("utf-8", ",", 0, 0, 3, 1), HEADER)
    found = reader.read(text.encode()[: text.index("and 99")], range(3))
    assert found is not None
    assert (found.rows, found.texts(0)[-1]) == (99, "u98@x.com")


@pytest.mark.parametrize(
    "line", ["email;First Name;x|y", '"email";"First Name";"x|y"', 'email;"First Name";x|y']
)
def test_the_header_once_more_is_for_the_csv_module(line: str) -> None:
    reader = RegularReader(Body("utf-8", ";", 0, 0, 3, 1), ("email", "First Name", "x|y"))
    assert not reader.can_read(f"a@x.com;Ann;1\n{line}\n".encode())
    assert not reader.can_read(line.encode())
    assert reader.can_read(b"a@x.com;First Name;1\n")


@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6), delimiter=st.sampled_from(",;\t"))
def test_a_suspect_cell_is_hinted_at(rows: list[tuple[str, str]], delimiter: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    hints = Hints(delimiter)
    columns = list(zip(*rows, strict=True))
    suspect = [
        bool(placeholders_of(cells)) or bool(damages_of(cells, "\x1f".join(cells))) for cells in columns
    ]
    assert hints.are_in(text.getvalue().encode()) or not any(suspect)
    reader = RegularReader(Body("utf-8", delimiter, 0, 0, 2, 1), ("one", "two"))
    found = reader.read(text.getvalue().encode(), (0, 1))
    if found is not None:
        for place, cells in enumerate(columns):
            assert hints.words_in(found.columns[place]) == placeholders_of(cells)
            assert hints.may_be_damaged(found.columns[place]) or not damages_of(cells, "\x1f".join(cells))


@given(
    keys=st.lists(st.sampled_from(["a", "b", "c", "d", ""]), max_size=40),
    bits=st.integers(0, 8),
    block=st.integers(1, 9),
)
def test_repeats_are_those_of_a_plain_pass(keys: list[str], bits: int, block: int) -> None:
    seen: set[str] = set()
    wanted = [(key in seen or bool(seen.add(key))) and key != "" for key in keys]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repeats, "_ROWS_A_BLOCK", block)
        with repeats.key_hashes(1) as hashes:
            shared = repeats.KeyHashes(hashes.file, bits)
            for start in range(0, len(keys), 3):
                shared.add([key.encode() for key in keys[start : start + 3]])
            assert list(shared.repeated()) == wanted


def test_a_hash_is_the_same_in_each_run() -> None:
    assert repeats.hashes_of([b"a@x.com", b""]) == (array("I", [2907569844, 0]), array("I", [162660999, 0]))


def test_a_large_file_is_found_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portions, "BLOCK_BYTES", 4000)
    path = tmp_path / "large.csv"
    names = ["Ann", "N/A", "1.5E+7", 'B"b', "two\nlines", "é", ""]
    rows = [
        [
            f"U{number % 700}@x.com" if number % 50 else " ",
            names[number % 7],
            f"{number % 12 + 1}/{number % 28 + 1}/1990",
        ]
        for number in range(900)
    ]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["email", "company", "dateOfBirth"], *rows])
    found = Opened(path, options_for(path, piece_bytes=20_000, dates="mdy"))
    scan = found.mapping.scan
    keys = Counter(row[0].strip(OUTER_SPACE) for row in rows)
    assert scan.rows == 900
    assert scan.repeated.count(1) == sum(count - 1 for key, count in keys.items() if key)
    assert scan.findings[1].placeholders == {"N/A": len(rows[1::7])}
    assert scan.findings[1].damages == {"number": (len(rows[2::7]), 3, "1.5E+7")}
    assert set(scan.findings[2].dates.groups) == {"mdy", "mdy dmy"}
    assert scan.findings[2].proof("mdy") == (13, "1/13/1990")
    assert all(len(content) <= 20_000 for content in found.contents())


def test_nothing_heavy_is_loaded_before_a_file_is_read() -> None:
    code = "import sys, leadline.client.reading; print(sorted({'pyarrow', 'polars', 'starlette'} & set(sys.modules)))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "[]\n"
    )
