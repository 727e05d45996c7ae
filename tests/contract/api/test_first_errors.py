"""§3.3, §3.4: the first errors that somebody meets with a file of their own: each says all that is wrong."""

import gzip
from typing import Any

import pytest

from tests.contract.api.calls import error_of
from tests.contract.api.world import bulk
from tests.forms import without_store
from tests.harness import Server
from tests.unit.test_source_file import GERMAN, JAPANESE, POLISH, zipped

pytestmark = without_store

CRM = (
    "Email Address,First Name,Last Name,Phone Number,Job Title,Company Name,Account Owner,Mailing Street 2,"
    "Lead Source,Postal Code,Fax Number,E-mail,Customer Number,Last Nmae\n"
)
MEMBERS, CARS = "/bulk/v1/program/1001/members/import.json", "/bulk/v1/customobjects/car_c/import.json"


def refused(server: Server, content: str | bytes, path: str = "/bulk/v1/leads.json", **params: Any) -> str:
    """Return the message of a creation that is refused with 1006 or 1003, and leaves no job."""
    before = len(server.get("/leadline/v1/jobs.json")["result"])
    if path == MEMBERS:
        params["programMemberStatus"] = "Invited"
    body = bulk(server, path, content, **params)
    (error,) = body["errors"]
    assert error["code"] in ("1003", "1006")
    assert len(server.get("/leadline/v1/jobs.json")["result"]) == before
    return str(error["message"])


@pytest.mark.parametrize("path", ["/bulk/v1/leads.json", MEMBERS])
def test_all_unknown_columns_at_once(world: Server, path: str) -> None:
    """§3.4: in order, each with the field that it is near to; the first where it always stood."""
    message = refused(world, CRM, path)
    assert message.startswith("Field 'Email Address' not found (did you mean 'email'?); nor 'First Name'")
    columns = CRM.strip().split(",")
    places = [message.index(f"'{name}'") for name in columns]
    assert places == sorted(places)
    near = dict(zip(columns, ["email", "firstName", "lastName", "phone", "title", "company"], strict=False))
    near |= {"Lead Source": "leadSource", "Fax Number": "fax", "E-mail": "email", "Postal Code": "postalCode"}
    near |= {"Customer Number": "customerNumber", "Last Nmae": "lastName"}
    for column, field in near.items():
        assert f"'{column}' (did you mean '{field}'?)" in message.replace(" not found (", " (")
    for column in ("Account Owner", "Mailing Street 2"):
        assert f"'{column}'," in message


def test_fields_of_members_are_near_too(world: Server) -> None:
    """§5.2: a file of members may name the fields of both."""
    message = refused(world, "email,Webinar Question\n", MEMBERS)
    assert message == "Field 'Webinar Question' not found (did you mean 'webinarQuestion'?)"


@pytest.mark.parametrize(
    ("header", "file_format", "hint"),
    [
        ("email;firstName", "csv", "; semicolons seem to stand between the columns: send format=ssv"),
        ("email\tfirstName", "csv", "; tabs seem to stand between the columns: send format=tsv"),
        ("email,firstName", "tsv", "; commas seem to stand between the columns: send format=csv"),
        ("email,firstName", "ssv", "; commas seem to stand between the columns: send format=csv"),
        ("e-mail|name", "csv", ""),
    ],
)
def test_another_delimiter(world: Server, header: str, file_format: str, hint: str) -> None:
    """§3.4: the only column of the header holds the delimiter of another format."""
    shown = header.replace("\t", "<U+0009>")
    assert refused(world, header + "\n", format=file_format) == f"Field '{shown}' not found{hint}"


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("\ufeff\ufeffemail", "Field '<U+FEFF>email' not found (did you mean 'email'?)"),
        ("email\u00a0", "Field 'email<U+00A0>' not found (did you mean 'email'?)"),
        ("email,fir\0stName", "Field 'fir<U+0000>stName' not found (did you mean 'firstName'?)"),
        ("email,city\u200b", "Field 'city<U+200B>' not found (did you mean 'city'?)"),
        ('"em\nail"', "Field 'em<U+000A>ail' not found (did you mean 'email'?)"),
        ("email\u202e,email\u202e", "Field 'email<U+202E>' not found (did you mean 'email'?)"),
    ],
)
def test_what_nobody_sees_is_shown(world: Server, header: str, told: str) -> None:
    """§3.4: a second mark, no-break spaces, NULs, characters of no width."""
    assert refused(world, header + "\n") == told


def test_what_nobody_sees_in_a_repeated_column(world: Server) -> None:
    """§3.4: of custom objects too, whose unknown columns are ignored."""
    assert refused(world, "vin,a\u00a0,a\u00a0\n", CARS) == "Duplicate column 'a<U+00A0>' in header"


def test_errors_show_little_of_a_file(world: Server) -> None:
    """§3.4: 200 characters at most, whatever stands in the header."""
    for header in (
        "x" * 5000,
        ",".join(f"secret value {n}" for n in range(1500)),
        "y" * 150 + "," + "z" * 150,
    ):
        message = refused(world, header + "\n")
        assert len(message) < 420
        assert sum(message.count(letter) for letter in "xyz") <= 200
    assert message.endswith("; nor 1 more")
    long = "w" * 5000
    told = refused(world, f"vin,{long},{long}\n", CARS)
    assert told == f"Duplicate column '{'w' * 200}...' in header"


PACKED = {
    "a gzip archive": gzip.compress(b"email\na@example.com\n"),
    "a zip archive": zipped("leads.csv"),
    "an Excel workbook (xlsx)": zipped("[Content_Types].xml", "xl/workbook.xml"),
    "text in UTF-16 without a byte order mark": GERMAN.encode("utf-16-le"),
    "no text": bytes(range(32)) * 20 + b"\0" * 500,
}


@pytest.mark.parametrize("name", PACKED)
@pytest.mark.parametrize("path", ["/bulk/v1/leads.json", MEMBERS, CARS])
def test_files_that_are_no_text(world: Server, name: str, path: str) -> None:
    """§3.4: refused by name, with what to do, and no batch id."""
    message = refused(world, PACKED[name], path)
    assert message.startswith(f"The file is {name}: ")
    assert "send" in message.partition(": ")[2]


def test_the_order_of_checks_stays(world: Server) -> None:
    """§4.2: parameters before the file."""
    packed = PACKED["a gzip archive"]
    assert bulk(world, "/bulk/v1/leads.json", packed, format="xml")["errors"][0]["code"] == "1001"
    assert bulk(world, "/bulk/v1/leads.json", packed, lookupField="nix")["errors"][0]["code"] == "1006"


def test_too_large(world: Server) -> None:
    """§2.7: 413 names the limit."""
    assert error_of(world.post_file(b"x" * 10_485_760), 413) == (
        "413",
        "Request Entity Too Large: a file has at most 10485759 bytes",
    )
    answer = world.call("POST", "/rest/v1/leads.json", content=b" " * 1_048_577)
    assert error_of(answer, 413) == ("413", "Request Entity Too Large: a body has at most 1048576 bytes")


ROWS = "".join(f"r{n}@example.com,x\n" for n in range(30_000))


@pytest.mark.parametrize(
    ("content", "end"),
    [
        (GERMAN.encode("cp1252"), "data row 1 holds the first invalid byte; it looks like Windows-1252"),
        (
            ("email,name\n" + ROWS + GERMAN.partition("\n")[2]).encode("cp1252"),
            "data row 30001 holds the first invalid byte; it looks like Windows-1252",
        ),
        (JAPANESE.encode("cp932"), "data row 1 holds the first invalid byte; it looks like Shift-JIS"),
        (POLISH.encode("cp1250"), "data row 1 holds the first invalid byte"),
        (
            b"email,name\na@example.com,\xc3\xa9\nb@example.com,\xe9\n",
            "data row 2 holds the first invalid byte",
        ),
        (b"email,name\na@example.com,\xc3", "data row 1 holds the first invalid byte"),
        (GERMAN.encode("utf-16") + b"\x00\xd8", "data row 4 holds the first invalid byte"),
    ],
)
def test_what_a_file_that_is_no_utf8_looks_like(world: Server, content: bytes, end: str) -> None:
    """§3.3: a batch id all the same; the message says what to do where that is known."""
    file = content.replace("name".encode("utf-16-le"), "city".encode("utf-16-le")).replace(
        b"name", b"city", 1
    )
    status = world.finish(world.submit(file))
    name = "UTF-16" if content.startswith(b"\xff\xfe") else "UTF-8"
    cure = ": save it as UTF-8 and send it again" if "looks like" in end else ""
    assert (status["status"], status["message"]) == (
        "Failed",
        f"Import failed, the file is not valid {name}: {end}{cure}",
    )


def test_a_header_that_is_no_utf8(world: Server) -> None:
    """§3.4: the column is unknown; the message says why that may be."""
    told = refused(world, "email,Prénom\n".encode("cp1252"))
    assert (
        told
        == "Field 'Pr\ufffdnom' not found; the header is not valid UTF-8: save the file as UTF-8 and send it again"
    )
