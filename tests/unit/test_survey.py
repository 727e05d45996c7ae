"""What is found out about a person's file before anything of it is imported."""

import codecs
import io
from datetime import date

import pytest

from leadline.schema import outer_space as of_values
from leadline.source_file import outer_space
from leadline.source_file.date_order import DateEvidence, iso_writer
from leadline.source_file.field_names import FieldNames
from leadline.source_file.spellings import field_meant
from leadline.source_file.survey import Survey, survey_of
from leadline.source_file.text_encoding import encoding_named

LAST_DAY = date(2045, 12, 31)
TEXT = "email,name\na@x.de,Jörg Müller\nb@x.de,Groß\n"


def survey(content: str | bytes) -> Survey:
    return survey_of(io.BytesIO(content.encode() if isinstance(content, str) else content))


def evidence(*cells: str) -> DateEvidence:
    found = DateEvidence()
    found.look_at(dict.fromkeys(cells, 1))
    return found


@pytest.mark.parametrize(
    ("content", "name", "is_sure"),
    [
        (TEXT.encode(), "UTF-8", True),
        (codecs.BOM_UTF8 + TEXT.encode(), "UTF-8", True),
        (TEXT.encode("utf-16"), "UTF-16", True),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "UTF-16", True),
        (TEXT.encode("utf-16-le"), "UTF-16 LE", True),
        (TEXT.encode("utf-16-be"), "UTF-16 BE", True),
        (TEXT.encode("cp1252"), "Windows-1252", True),
        (TEXT.encode("mac_roman"), "Windows-1252", False),
        (b"email,name\na@x.de,\x81\x8d\n", "Latin-1", False),
    ],
    ids=["plain", "mark", "16", "16 be mark", "16 le", "16 be", "western", "old mac", "nothing"],
)
def test_the_encoding_is_found_or_guessed(content: bytes, name: str, is_sure: bool) -> None:
    found = survey(content)
    assert (found.encoding.name, found.encoding.is_sure) == (name, is_sure)
    assert [column.name for column in found.columns] == ["email", "name"]
    assert found.encoding.fault_line is None


def test_a_guess_brings_the_words_that_show_whether_it_is_right() -> None:
    """From wherever they stand in the file, each once."""
    text = "email,name\n" + "a@x.de,Ann\n" * 5000 + "b@x.de,Zoë Müller\n" * 2 + 'c@x.de,"José; Éluard"\n'
    assert survey(text.encode("mac_roman")).encoding.words == ("Zo‘", "MŸller", "JosŽ")


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("mac_roman", "Mac Roman"),
        ("MacRoman", "Mac Roman"),
        ("macintosh", "Mac Roman"),
        ("cp1252", "Windows-1252"),
        ("windows 1252", "Windows-1252"),
        ("iso-8859-1", "Latin-1"),
        ("utf8", "UTF-8"),
        ("utf-16le", "UTF-16 LE"),
        ("ms932", "Shift-JIS"),
        ("gb18030", "GBK"),
        ("rot13", None),
        ("idna", None),
        ("no\0name", None),
        ("", None),
    ],
)
def test_an_encoding_is_known_by_what_people_call_it(said: str, name: str | None) -> None:
    assert encoding_named(said) == name


def test_a_damaged_file_names_its_line() -> None:
    content = ("email,name\n" + "a@x.de,Jörg\n" * 5).encode() + b"b@x.de,\xff\n" + "c@x.de,Zoë\n".encode() * 5
    assert (survey(content).encoding.name, survey(content).encoding.fault_line) == ("UTF-8", 7)


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b;c\n1,5;2,5;3\n", ";"),
        ("a\tb\nx, y\tz, w\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ("sep=;\na;b\n1;2\n", ";"),
        ("email\na@x.de\n", ","),
        ('a,b\n"x;y;z",";;;"\n', ","),
    ],
)
def test_the_delimiter_is_the_one_that_parts_the_rows_alike(content: str, delimiter: str) -> None:
    found = survey(content)
    assert found.delimiter == delimiter
    assert found.columns[0].name in ("a", "email")


def test_titles_above_a_table_are_no_header() -> None:
    found = survey("Report: people\n\nemail,first,last\na@x.co,A,B\nb@x.co,C,D\n")
    assert (found.above, [each.name for each in found.columns], found.rows) == (
        2,
        ["email", "first", "last"],
        2,
    )


def test_what_stands_in_a_column_is_counted() -> None:
    rows = [
        'a@x.co,#N/A,1.23E+12,"=""00123"""',
        "b@x.co,\\N,x,y",
        "c@x.co,NULL,,",
        ",,,",
        "d@x.co,M\u00c3\u00bcller, ,1,extra",
    ]
    found = survey("email,b,c,d\n" + "\n".join(rows) + "\n")
    email, b, c, d = found.columns
    assert (found.rows, found.ragged, email.filled, c.filled) == (4, 1, 4, 2)
    assert email.samples == ["a@x.co", "b@x.co", "c@x.co"]
    assert dict(b.placeholders) == {"#N/A": 1, "\\N": 1, "NULL": 1}
    assert c.damages == {"number": (1, "1.23E+12")}
    assert d.damages == {"formula": (1, '="00123"')}
    assert b.damages == {"letters": (1, "M\u00c3\u00bcller")}


def test_torn_quotes_name_their_lines() -> None:
    assert survey('a,b\n1,"x"y\n').quotes.torn_line == 2
    assert survey('a,b\n1,2\n3,"x\n4,5\n').quotes.open_line == 3
    assert survey('a,b\n1,"x ""q"" y\nz"\n').quotes.open_line is None


def test_an_end_mark_is_no_row_and_other_line_ends_are_text() -> None:
    found = survey("a,b\n1,x\u2028y\x1dz\n2,3\n\x1a")
    assert (found.rows, found.columns[1].samples) == (2, ["x\u2028y\x1dz", "3"])
    assert survey("a,b\n1,2\x1a").columns[1].samples == ["2"]


@pytest.mark.parametrize(
    ("cells", "order", "is_open"),
    [
        (("03/04/2025", "12/31/2025"), "mdy", False),
        (("03/04/2025", "31/12/2025"), "dmy", False),
        (("03/04/2025", "05/06/2025"), None, True),
        (("03/04/2025", "31/12/2025", "12/31/2025"), None, True),
        (("07/07/2025",), "mdy", False),
        (("03.04.2025",), "dmy", False),
        (("99/12/31", "25/04/03"), "ymd", False),
        (("2025/04/03", "2025-04-03"), "ymd", False),
        (("2025-04-03",), None, False),
        (("03/04/2025 3:45 PM", "x", ""), None, True),
        (("3 Jan 2026", "Jan 3, 2026", "03-Jan-26"), "named", False),
        (("3 Jan 2026", "03/04/2025"), None, True),
        (("3 Jan 2026", "31/12/2025"), "dmy", False),
        (("Jan 2026", "Mar-26", "May", "Main 3"), None, False),
    ],
)
def test_dates_prove_their_order_or_ask(cells: tuple[str, ...], order: str | None, is_open: bool) -> None:
    found = evidence(*cells)
    assert (found.decided, found.open_order) == (order, is_open)


@pytest.mark.parametrize(
    ("cell", "order", "iso"),
    [
        ("03/04/2025", "dmy", "2025-04-03"),
        ("03/04/2025", "mdy", "2025-03-04"),
        ("3.4.25", "dmy", "2025-04-03"),
        ("3/4/46", "dmy", "1946-04-03"),
        ("25/04/03", "ymd", "2025-04-03"),
        ("2025/4/3", "dmy", "2025-04-03"),
        ("\u200e03/04/2025 ", "dmy", "2025-04-03"),
        ("03/04/2025, 3:45\u202fPM", "dmy", "2025-04-03T15:45"),
        ("03/04/2025 12:05:09 am", "dmy", "2025-04-03T00:05:09"),
        ("03/04/2025 25:00", "dmy", "03/04/2025 25:00"),
        ("31/02/2025", "dmy", "31/02/2025"),
        ("12/31/2025", "dmy", "12/31/2025"),
        ("2025-04-03 10:00", "dmy", "2025-04-03 10:00"),
        ("3 Jan 2026", "named", "2026-01-03"),
        ("Jan 3, 2026", "mdy", "2026-01-03"),
        ("03-Jan-26", "dmy", "2026-01-03"),
        ("31-DEC-45", "named", "2045-12-31"),
        ("31-DEC-46", "named", "1946-12-31"),
        ("2026-Sep-03", "named", "2026-09-03"),
        ("Saturday, January 3rd, 2026", "named", "2026-01-03"),
        ("Sat, 03 Jan 2026 10:05:09 +0000", "named", "2026-01-03T10:05:09+0000"),
        ("Jan. 3, 2026 at 3:45\u202fPM", "named", "2026-01-03T15:45"),
        ("Jan  3 2026 12:00AM", "named", "2026-01-03T00:00"),
        ("31 Feb 2026", "named", "31 Feb 2026"),
        ("99 Jan 2026", "named", "99 Jan 2026"),
        ("Jan 2026", "named", "Jan 2026"),
        ("Mar-26", "named", "Mar-26"),
        ("03/04/2025", "named", "03/04/2025"),
        ("unknown", "dmy", "unknown"),
    ],
)
def test_dates_are_written_as_iso(cell: str, order: str, iso: str) -> None:
    assert iso_writer(order, LAST_DAY)(cell) == iso


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("E-mail", "email"),
        ("EMAIL ADDRESS", "email"),
        ("Surname", "lastName"),
        ("first_name", "firstName"),
        ("Zip Code", "postalCode"),
        ("Cat", None),
    ],
)
def test_columns_mean_fields(column: str, field: str | None) -> None:
    fields = [
        ("email", "Email Address"),
        ("firstName", "First Name"),
        ("lastName", "Last Name"),
        ("postalCode", "Postal Code"),
    ]
    assert field_meant(column, FieldNames(fields)) == field


def test_outer_space_is_the_same_in_both_rooms() -> None:
    assert outer_space.OUTER_SPACE == of_values.OUTER_SPACE
