"""Files as people have them: what is read, what is refused, and with which words."""

import csv
import dataclasses
import io
import os
import zipfile
from pathlib import Path

import pytest

from leadline.client.errors import PushError
from leadline.client.options import Order, Reading
from leadline.client.reading import (
    halves,
    match_columns,
    measured,
    open_source,
    piece_content,
    portions,
    rows_of,
)
from leadline.source_file.survey import survey_of
from tests.push.reading.files import FIELDS, Opened, options_for

PEOPLE = "email,firstName\na@x.com,Ann\nb@x.com,Bob\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "people.csv"


def open_text(path: Path, text: str, **options: object) -> Opened:
    path.write_bytes(text.encode())
    return Opened(path, options_for(path, **options))


def refusal(path: Path, text: str | bytes, **options: object) -> str:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(PushError) as refused:
        Opened(path, options_for(path, **options))
    assert refused.value.exit_code == 2
    return str(refused.value)


def left_out(file: Opened) -> list[tuple[str, int]]:
    return [
        (left.reason, number) for left in file.plan.left_out for number, _ in rows_of(file.source, left.piece)
    ]


@pytest.mark.parametrize(
    ("text", "content"),
    [
        (PEOPLE, PEOPLE),
        (PEOPLE.removesuffix("\n"), PEOPLE.removesuffix("\n")),
        ("\ufeff" + PEOPLE, PEOPLE),
        ("sep=,\r\n" + PEOPLE, PEOPLE),
        ("\n\n,\n" + PEOPLE, PEOPLE),
        ("Report of May\n\nemail,firstName,company\na@x.com,Ann,Acme\n", "email,firstName,company\na@x.com,Ann,Acme\n"),
        (PEOPLE + "\x1a", PEOPLE),
        (PEOPLE + "\x1a\r\n\x1a", PEOPLE),
        ("E-mail Address,First Name\na@x.com,Ann\n", "email,firstName\na@x.com,Ann\n"),
        ('email,firstName\r\na@x.com,"two\nlines"\r\n', 'email,firstName\r\na@x.com,"two\nlines"\r\n'),
        ("email,firstName\ra@x.com,Ann\rb@x.com,Bob", "email,firstName\r\na@x.com,Ann\r\nb@x.com,Bob\r\n"),
        ("email|firstName\na@x.com|Ann, Bob\n", 'email,firstName\r\na@x.com,"Ann, Bob"\r\n'),
        ("email,firstName\na@x.com\nb@x.com,Bob,more\n", "email,firstName\na@x.com\nb@x.com,Bob,more\n"),
        ("email,\na@x.com,\n", "email\r\na@x.com\r\n"),
        ('email,firstName\na@x.com,"Ann" B\n', 'email,firstName\na@x.com,"Ann" B\n'),
    ],
    ids=lambda text: repr(text)[:40],
)  # fmt: skip
def test_a_file_is_sent_as(path: Path, text: str, content: str) -> None:
    assert open_text(path, text).contents() == [content.encode()]


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_another_encoding_is_sent_as_utf8(path: Path, codec: str) -> None:
    text = "email,firstName\n" + "".join(f"a{number}@x.com,Zoë\n" for number in range(30))
    path.write_bytes(text.encode(codec))
    file = Opened(path, options_for(path, piece_bytes=200))
    assert (
        b"".join(file.contents()).replace(b"email,firstName\n", b"")
        == text.encode()[len("email,firstName\n") :]
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "is empty"),
        (b"\n,\n\x1a", "no line of it has a value"),
        (b"\xff\xfe\x00\x00e\x00\x00\x00", "UTF-32"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "save it as “CSV UTF-8”"),
        (b"\x1f\x8b\x08\x00", "a gzip archive"),
        (b"email,firstName\na@x.com,Zo\xeb\nb@x.com,Zo\xc3\xab\nc@x.com,\xc3\xab\xc3\xab\n", "Line 2"),
        ("email,firstName\na@x.com,Ann\nb@x.com,\"Bob\nc@x.com,Cy\n", "row 2, line 3"),
        ("\nemail,firstName\na@x.com,Ann\n\n\"b\nb\",\"Bob\nc@x.com,Cy\n", "row 2, line 5"),
        ("email,what,why\n", "“what”, “why”"),
        ("firstName\nAnn\n", "No column goes into email"),
        ("email,E-mail\na,b\n", "“email” and “E-mail” would go into the same field"),
        ("email,email\na,b\n", "rename one of them"),
        ("email,\na@x.com,\nb@x.com,x\n", "Column 2 has values, as in row 2"),
        ("email,createdAt\na@x.com,\n", "read-only"),
        ("email.firstName\n", "firstName”"),
    ],
    ids=lambda text: repr(text)[:40],
)  # fmt: skip
def test_a_file_is_refused_with_words(path: Path, text: str | bytes, words: str) -> None:
    assert words in refusal(path, text)


def test_a_workbook_is_to_be_saved_as_csv(path: Path) -> None:
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w") as zipped:
        zipped.writestr("xl/workbook.xml", "")
    assert "save it as “CSV UTF-8”" in refusal(path, book.getvalue())


def test_a_header_alone_has_no_pieces(path: Path) -> None:
    file = open_text(path, "email,firstName")
    assert (file.plan.pieces, file.plan.rows, file.mapping.rows) == ((), 0, 0)


def test_rows_without_a_value_are_not_counted(path: Path) -> None:
    blank = ',,\n \u2003,"",\n\n'
    file = open_text(
        path, f"email,firstName,dateOfBirth\na@x.com,Ann,31/12/1990\n{blank}b@x.com,Bob,\n{blank}"
    )
    assert [number for number, _ in rows_of(file.source, file.plan.pieces[0])] == [1, 2]
    assert file.plan.rows == 2
    sent = b"email,firstName,dateOfBirth\r\na@x.com,Ann,1990-12-31\r\nb@x.com,Bob,\r\n"
    assert file.contents() == [sent]


def test_the_header_once_more_is_not_sent(path: Path) -> None:
    file = open_text(path, PEOPLE + PEOPLE.replace("@x", "@y"))
    assert left_out(file) == [("Header repeated", 3)]
    assert open_text(path, PEOPLE * 3).plan.repeats == 4
    file = open_text(path, PEOPLE + PEOPLE.replace("@x", "@y"))
    assert file.contents() == [(PEOPLE + "a@y.com,Ann\nb@y.com,Bob\n").encode()]


def test_a_row_above_the_limit_stays_behind(path: Path) -> None:
    file = open_text(path, PEOPLE + f"c@x.com,{'c' * 200}\nd@x.com,Di\n", piece_bytes=100)
    assert left_out(file) == [("The row is longer than a piece may be", 3)]
    assert file.contents() == [(PEOPLE + "d@x.com,Di\n").encode()]


def test_a_record_longer_than_a_piece_was_swallowed(path: Path) -> None:
    swallowed = "".join(f"c{number}@x.com,Cy\n" for number in range(50))
    assert "Row 3, which begins in line 4" in refusal(
        path, f'{PEOPLE}x@x.com,"Xi\n{swallowed}z@x.com,Zoe"\n', piece_bytes=200
    )


def test_a_quote_that_never_closes_is_found_in_bounded_memory(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portions, "RECORD_BYTES_MAX", 10_000)
    monkeypatch.setattr(portions, "BLOCK_BYTES", 1000)
    assert "row 3, line 4" in refusal(path, PEOPLE + 'x@x.com,"Xi\n' + "c@x.com,Cy\n" * 100_000)
    assert "Row 3, line 5, has no end" in refusal(path, f"{PEOPLE}\nx@x.com,{100_000 * 'x'}")


def test_columns_are_renamed_and_left_out_by_hand(path: Path) -> None:
    renamed = {"what": "company", "why": ""}
    file = open_text(path, "email,what,why\na@x.com,Acme,no\n", renamed=renamed)
    assert file.contents() == [b"email,company\r\na@x.com,Acme\r\n"]
    assert "why -> not sent" in file.mapping.lines()
    assert "“who”" in refusal(path, PEOPLE, renamed={"who": "company"})
    assert "which is no field" in refusal(path, PEOPLE, renamed={"firstName": "nothing"})


def test_a_mended_result_file_is_known_by_two_columns(path: Path) -> None:
    mended = "Source Row,email,firstName,Import Failure Reason\n17,a@x.com,Ann,Value too long\n"
    assert open_text(path, mended).contents() == [b"email,firstName\r\na@x.com,Ann\r\n"]
    assert "“Source Row”" in refusal(path, "Source Row,email\n17,a@x.com\n")


def test_later_rows_of_a_key_wait(path: Path) -> None:
    text = PEOPLE + "A@X.com ,Anna\nc@x.com,Cy\n,No\n,Key\na@x.com,Annie\n"
    file = open_text(path, text)
    assert [piece.wave for piece in file.plan.pieces] == [1, 2]
    assert file.plan.repeats == 2
    assert file.contents()[1] == b"email,firstName\nA@X.com ,Anna\na@x.com,Annie\n"
    assert [number for number, _ in rows_of(file.source, file.plan.pieces[0])] == [1, 2, 4, 5, 6]
    assert len(open_text(path, text, order=Order.OFF).contents()) == 1
    strict = open_text(path, text, order=Order.STRICT, piece_bytes=45)
    assert [piece.wave for piece in strict.plan.pieces] == [1, 2, 3]


def test_a_piece_is_halved_to_its_last_row(path: Path) -> None:
    file = open_text(path, PEOPLE + "c@x.com,Cy\na@x.com,Al\n")
    (piece, last) = file.plan.pieces
    both = halves(piece, 7)
    assert both is not None
    assert [half.number for half in both] == [7, 8]
    contents = [b"".join(piece_content(file.source, file.mapping, half)) for half in both]
    assert contents == [b"email,firstName\na@x.com,Ann\n", b"email,firstName\nb@x.com,Bob\nc@x.com,Cy\n"]
    measures = [measured(file.source, file.mapping, half).bytes for half in both]
    assert measures == [len(content) for content in contents]
    assert halves(last, 9) is None


@pytest.mark.parametrize("dates", ["", ",5/7/1990"], ids=["copied", "rewritten"])
def test_a_piece_is_made_a_part_at_a_time(path: Path, dates: str) -> None:
    """Three pieces are on their way at once: none of them is held in memory."""
    lines = "".join(f"person{number}@example.com,Ann{dates}\n" for number in range(30_000))
    header = "email,firstName,dateOfBirth\n" if dates else "email,firstName\n"
    file = open_text(path, header + lines, dates="dmy" if dates else None)
    (piece,) = file.plan.pieces
    assert (
        max(map(len, piece_content(file.source, file.mapping, piece)))
        < 2 * portions.BLOCK_BYTES
        < piece.bytes
    )


@pytest.mark.parametrize("keeps_time", [True, False])
def test_a_file_that_changes_is_not_sent(path: Path, keeps_time: bool) -> None:
    file = open_text(path, PEOPLE)
    before = path.stat()
    path.write_text(PEOPLE.replace("Bob", "Rob"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns if keeps_time else 0))
    with pytest.raises(PushError, match="has changed"):
        file.contents()
    with pytest.raises(PushError, match="has changed"):
        list(rows_of(file.source, file.plan.pieces[0]))
    path.unlink()
    with pytest.raises(PushError, match="cannot be read"):
        file.contents()


def test_a_file_that_changes_while_it_is_surveyed_is_refused(path: Path) -> None:
    path.write_text(PEOPLE)
    options = options_for(path)
    source = open_source(path, options.reading)
    path.write_bytes(PEOPLE.replace("Bob", "B\xe9b").encode("cp1252"))
    seen = dataclasses.replace(source, modified_ns=path.stat().st_mtime_ns)
    with pytest.raises(PushError, match="begin anew"):
        match_columns(seen, FIELDS, options)
    rows = source.portions(portions.portion_of)
    with pytest.raises(PushError, match="begin anew"):
        list(rows)
    path.write_text(PEOPLE)
    os.utime(path, ns=(0, source.modified_ns))
    rows = source.portions(portions.portion_of)
    next(rows)
    os.utime(path)
    with pytest.raises(PushError, match="begin anew"):
        next(rows)
    with pytest.raises(PushError, match="became shorter"):
        list(portions.portions_of(io.BytesIO(PEOPLE.encode()[:-8]), source.body, portions.portion_of))


@pytest.mark.parametrize(
    ("dates", "order", "sent"),
    [
        (["5/7/1990", "13/7/1990"], None, ["1990-07-05", "1990-07-13"]),
        (["5/7/1990", "7/13/1990"], None, ["1990-05-07", "1990-07-13"]),
        (["5/7/1990"], "dmy", ["1990-07-05"]),
        (["5/7/1990", "soon", "3 Jan 1990"], "mdy", ["1990-05-07", "soon", "1990-01-03"]),
        (["5.7.1990"], None, ["1990-07-05"]),
        (["1990-07-05"], None, ["1990-07-05"]),
        (["13/7/62"], None, ["1962-07-13"]),
    ],
)
def test_dates_are_sent_in_one_order(
    path: Path, dates: list[str], order: str | None, sent: list[str]
) -> None:
    text = "email,dateOfBirth\n" + "".join(f"a{number}@x.com,{day}\n" for number, day in enumerate(dates))
    (content,) = open_text(path, text, dates=order).contents()
    assert [line.partition(",")[2] for line in content.decode().splitlines()[1:]] == sent


def test_the_order_of_dates_is_asked_with_the_rows_that_decide(path: Path) -> None:
    head = "email,dateOfBirth,firstName\n"
    asked = refusal(path, head + "a@x.com,5/7/1990,5/7/1990\n")
    assert "“dateOfBirth” may be month first or day first: no row of it fits one order only" in asked
    assert "firstName" not in asked
    asked = refusal(path, head + "a@x.com,5/7/1990,\nb@x.com,13/7/1990,\n\nc@x.com,7/13/1990,\n")
    assert "row 3 has 7/13/1990, which is month first but row 2 has 13/7/1990, which is day first" in asked
    assert "no order of dates" in refusal(path, head, dates="ydm")


TWO = "email,dateOfBirth,signedUp\na@x.com,5/7/1990,3/4/2020\nb@x.com,13/7/1990,4/5/2020\n"


def test_an_order_of_dates_is_not_taken_for_a_column_that_proves_another(path: Path) -> None:
    """It was said for the other one; the days and months of half of this one's rows would be swapped."""
    assert "“signedUp” may be month first or day first" in refusal(path, TWO)
    asked = refusal(path, TWO, dates="mdy")
    assert "The dates of “dateOfBirth” are day first, not mdy: row 2 has 13/7/1990." in asked
    assert "Say --dates 'dateOfBirth=dmy' too, or 'dateOfBirth=mdy' where that is meant" in asked
    assert "signedUp" not in asked


@pytest.mark.parametrize(
    ("dates", "dates_of", "first"),
    [
        ("mdy", {"dateOfBirth": "dmy"}, "1990-07-05,2020-03-04"),
        (None, {"signedUp": "mdy"}, "1990-07-05,2020-03-04"),
        ("mdy", {"dateOfBirth": "mdy"}, "1990-05-07,2020-03-04"),
        ("dmy", {}, "1990-07-05,2020-04-03"),
    ],
)
def test_a_column_may_have_an_order_of_dates_of_its_own(
    path: Path, dates: str | None, dates_of: dict[str, str], first: str
) -> None:
    (content,) = open_text(path, TWO, dates=dates, dates_of=dates_of).contents()
    assert content.decode().splitlines()[1] == f"a@x.com,{first}"


def test_an_order_of_dates_is_for_a_column_of_dates(path: Path) -> None:
    asked = refusal(path, TWO, dates_of={"email": "mdy", "gone": "dmy", "signedUp": "ydm"})
    for named in ("“email”, which is no column of dates", "“gone”", "no order of dates ydm"):
        assert named in asked


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (["13/7/1990", "7/13/1990"], "row 2 has 7/13/1990, which is month first but row 1 has 13/7/1990, which is day"),
        (["5/5/1990", "7/13/1990", "13/7/1990"], "row 2 has 7/13/1990, which is month first but row 3 has 13/7/1990"),
        (["25/03/1980", "99/12/31"], "row 1 has 25/03/1980, which is day first but row 2 has 99/12/31, which is year"),
    ],
)  # fmt: skip
def test_dates_that_no_one_order_fits_are_asked_about(path: Path, days: list[str], told: str) -> None:
    """Though each can be read in one way alone: to send them as they are would fail rows by the thousand."""
    text = "email,dateOfBirth\n" + "".join(f"a{number}@x.com,{day}\n" for number, day in enumerate(days))
    asked = refusal(path, text)
    assert "“dateOfBirth” are not all in one order" in asked
    assert told in asked
    assert "say --dates with the order of most" in asked


@pytest.mark.parametrize(
    ("days", "order", "told"),
    [
        (["13/7/1990", "7/13/1990"], "mdy", "are not mdy, as 13/7/1990 in row 1: such are"),
        (["5/5/1990", "7/13/1990", "99/12/31"], "dmy", "are not dmy, as 7/13/1990 in row 2 and 99/12/31 in row 3: such"),
        (["13/7/1990", "5/7/1990", "7/13/1990"], "dmy", "are not dmy, as 7/13/1990 in row 3: such are"),
        (["13/7/1990", "5/7/1990"], None, ""),
        (["13/7/1990", "5/7/1990"], "dmy", ""),
    ],
)  # fmt: skip
def test_dates_that_are_sent_as_they_are_are_told_before(
    path: Path, days: list[str], order: str | None, told: str
) -> None:
    text = "email,dateOfBirth\n" + "".join(f"a{number}@x.com,{day}\n" for number, day in enumerate(days))
    file = open_text(path, text, dates=order)
    lines = [line for line in file.mapping.lines() if line.startswith("dateOfBirth has dates that")]
    assert len(lines) == (told != "")
    assert told in "".join(lines)
    unchanged = [day for day in days if day in file.contents()[0].decode()]
    assert (unchanged != []) == (told != "")


@pytest.mark.parametrize(
    ("last", "told"),
    [
        ("Total,500", "it begins with Total"),
        (",Grand total: 500", "it begins with Grand total: 500"),
        ('"Total 1,200",', "it begins with Total 1,200"),
        ("(3 rows affected),", "it begins with (3 rows affected)"),
        ("Summe,3\n\n", "it begins with Summe"),
        ("c@x.com,Total", ""),
        (",Total Access", ""),
        (",Counter", ""),
    ],
)
def test_a_last_row_that_looks_like_a_total_is_told(path: Path, last: str, told: str) -> None:
    lines = open_text(path, f"{PEOPLE}{last}\n").mapping.lines()
    found = [line for line in lines if "looks like a total" in line]
    assert found == ([f"The last row, 3, looks like a total: {told}"] if told else [])
    assert not any(
        "a total" in line for line in open_text(path, f"{PEOPLE}{last}\nd@x.com,D\n").mapping.lines()
    )


def test_suspects_are_counted_by_column(path: Path) -> None:
    text = 'email,firstName,company\na@x.com,N/A,1.23E+12\nb@x.com,N/A,"=""00123"""\nc@x.com,\\N,MÃ¼ller\n'
    found = open_text(path, text).mapping.suspects
    assert list(found) == ["firstName", "company"]
    assert found["firstName"].placeholders == {"N/A": 2, "\\N": 1}
    assert found["company"].damages == {
        "number": (1, 1, "1.23E+12"),
        "formula": (1, 2, '="00123"'),
        "letters": (1, 3, "MÃ¼ller"),
    }
    assert found["company"].suspects == 3


def test_torn_quotes_are_told(path: Path) -> None:
    torn = "Row 1 or one soon after has text behind a closing quote"
    assert torn in open_text(path, 'email,firstName\na@x.com,"Ann" B\n').mapping.lines()
    assert (
        torn
        not in open_text(path, 'email,firstName\na@x.com,5" pipe\nb@x.com,"say ""x"" y"\n').mapping.lines()
    )


def test_a_torn_quote_is_told_far_into_a_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever quotes stand before it, such as inches; it hardly differs from them."""
    monkeypatch.setattr(portions, "BLOCK_BYTES", 1000)
    quoted = "".join(f'p{number}@x.com,"Ann, {number}"\n' for number in range(4000))
    inches = "".join(f'i{number}@x.com,5"x3"\n' for number in range(50))
    lines = open_text(path, f'email,firstName\n{quoted}{inches}a@x.com,"Ann" B\n').mapping.lines()
    (told,) = [line for line in lines if "behind a closing quote" in line]
    row = int(told.split()[1])
    assert 3950 < row <= 4051


def test_the_fingerprint_follows_what_is_written(path: Path) -> None:
    first = open_text(path, PEOPLE).mapping.fingerprint
    assert open_text(path, PEOPLE).mapping.fingerprint == first
    assert open_text(path, PEOPLE, renamed={"firstName": "lastName"}).mapping.fingerprint != first


def test_a_cell_may_be_as_long_as_a_piece_wherever_it_stands(path: Path) -> None:
    """What a process has read before must not decide whether it can read this: Python's limit is a global one."""
    long = "x" * 200_000
    for text in (f"email,{long}\na@x.com,1\n", f"email,firstName\na@x.com,{long}\n"):
        csv.field_size_limit(131_072)
        path.write_text(text)
        assert open_source(path, Reading()).delimiter == ","
        csv.field_size_limit(131_072)
        with path.open("rb") as file:
            assert survey_of(file).delimiter == ","


def test_what_is_no_file_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, Path("/dev/null")):
        with pytest.raises(PushError, match=r"is no file on a disk, .* save it as one"):
            open_source(path, Reading())
