"""§8: what each field type takes from a cell, what it stores, and how that reads back."""

import csv
import io
from typing import Any

import pytest

from tests.contract.api.calls import outcomes
from tests.forms import repeats
from tests.harness import Server

pytestmark = repeats("postgres", "given")

INT64_MAX = 2**63 - 1

GOOD: dict[str, dict[str, Any]] = {
    "favoriteColor": {
        "any text": "any text",
        "  spaces kept  ": "  spaces kept  ",
        "two\nlines": "two\nlines",
        'a "quoted" word': 'a "quoted" word',
        "back\\,slash": "back\\,slash",
        "=SUM(A1)": "=SUM(A1)",
        "Zoë 東京 \U0001f600": "Zoë 東京 \U0001f600",
        "nullable": "nullable",
        " NULL ": " NULL ",
        "é" * 255: "é" * 255,
    },
    "notes": {"one\r\ntwo": "one\r\ntwo", "y" * 30_000: "y" * 30_000, "é" * 15_000: "é" * 15_000},
    "workEmail": {
        "a@example.com": "a@example.com",
        "  a@example.com\t": "a@example.com",
        "A@B.Example": "A@B.Example",
    },
    "phone": {"+1 (555) 010-0000 ext. 5": "+1 (555) 010-0000 ext. 5", "call me": "call me"},
    "homepage": {
        "https://example.com/?q=1": "https://example.com/?q=1",
        "www.example.com": "www.example.com",
    },
    "customerNumber": {
        "0": 0,
        "007": 7,
        "+5": 5,
        "-5": -5,
        "  42 ": 42,
        str(INT64_MAX): INT64_MAX,
        str(-INT64_MAX - 1): -INT64_MAX - 1,
    },
    "points": {"10": 10, "-3": -3, " +7 ": 7},
    "discount": {"85": 85, "85%": 85, "-5%": -5, " 20% ": 20},
    "ratio": {
        "1": 1.0,
        "-1.5": -1.5,
        "+2.25": 2.25,
        ".5": 0.5,
        "5.": 5.0,
        "1e3": 1000.0,
        "1.5E-2": 0.015,
        " 3.5 ": 3.5,
    },
    "balance": {
        "10.40": 10.4,
        "1604.47": 1604.47,
        "-5": -5.0,
        "0": 0.0,
        "1e3": 1000.0,
        "0.1234": 0.1234,
        "1e-99999999999999999999": 0.0,
        "0e99999999999999999999": 0.0,
        "1.00004999999999999999999999999999999999e0": 1.0,
        "899999999999999": 899999999999999.0,
    },
    "vip": {
        **dict.fromkeys(("true", "TRUE", "True", "1", "yes", "Y", "t", " true "), True),
        **dict.fromkeys(("false", "FALSE", "0", "no", "N", "f", " 0 "), False),
    },
    "birthday": {
        "2015-05-17": "2015-05-17",
        "2024-02-29": "2024-02-29",
        "0001-01-01": "0001-01-01",
        "9999-12-31": "9999-12-31",
        "5/7/10": "2010-05-07",
        "05/07/2010": "2010-05-07",
        "12/31/1999": "1999-12-31",
        " 2015-05-17 ": "2015-05-17",
        "2015-05-17T23:59:59Z": "2015-05-17",
        "2015-05-17T01:00:00+09:00": "2015-05-17",
        "2015-05-17 22:11:45": "2015-05-17",
    },
    "lastPurchase": {
        "2015-05-17T22:11:45Z": "2015-05-17T22:11:45Z",
        "2015-05-17T22:11Z": "2015-05-17T22:11:00Z",
        "2015-05-17T22:11:45.987Z": "2015-05-17T22:11:45Z",
        "2015-05-17T22:11:45+02:00": "2015-05-17T20:11:45Z",
        "2015-05-17T22:11:45-05:30": "2015-05-18T03:41:45Z",
        "2015-12-31T23:59:59-01:00": "2016-01-01T00:59:59Z",
        "1969-12-31T23:59:59Z": "1969-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z": "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z": "9999-12-31T23:59:59Z",
        # without offset: America/Chicago, six hours behind in winter, five in summer
        "2015-01-17T22:11:45": "2015-01-18T04:11:45Z",
        "2015-05-17 22:11:45": "2015-05-18T03:11:45Z",
        "2015-05-17": "2015-05-17T05:00:00Z",
        "5/17/15 10:11 PM": "2015-05-18T03:11:00Z",
        "5/17/15 12:05 AM": "2015-05-17T05:05:00Z",
        "5/17/2015 22:11": "2015-05-18T03:11:00Z",
    },
}
BAD: dict[str, list[str]] = {
    "favoriteColor": ["nul\0byte"],
    "customerNumber": [
        "1.0",
        "1e3",
        "1,000",
        "abc",
        "0x1F",
        "--1",
        "+",
        "1 2",
        "\u0661",
        "1_000",
        str(INT64_MAX + 1),
    ],
    "points": ["10.0", "TEXT", "5%"],
    "discount": ["85%%", "%", "8.5%", "1.5", "%85"],
    "ratio": ["1,5", "1,000.0", "abc", "nan", "inf", "-Infinity", "1e999", "1.2.3", "0x1p3", "$1", ".", "e5"],
    "balance": ["$10", "€10", "10 USD", "1,000.00", "ten", "NaN", "1e30", "1e99999999999999999999"],
    "vip": ["2", "maybe", "-1", "on", "off", "truefalse", "00"],
    "birthday": [
        "2026-02-30",
        "2023-02-29",
        "17.05.2015",
        "2015/05/17",
        "2015-5-7",
        "13/13/2015",
        "20150517",
        "today",
        "0000-01-01",
    ],
    "lastPurchase": [
        "yesterday",
        "2015-05-17T24:00:00Z",
        "2015-05-17T22:60:00Z",
        "2015-02-30T00:00:00Z",
        "2015-05-17T22:11:45+99:00",
        # the offset brings it out of the years that can be shown
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "9999-12-31T23:59:59",
        "22:11:45",
        "1431900705",
        "5/17/15 13:00 PM",
    ],
}
TOO_LONG = {"favoriteColor": "é" * 256, "notes": "é" * 15_001, "homepage": "h" * 256, "phone": "1" * 256}


def file_of(field: str, cells: list[str]) -> str:
    """Return a file with a lead for each cell, every cell quoted."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(["email", field])
    writer.writerows([f"{field}-{number}@example.com".lower(), cell] for number, cell in enumerate(cells))
    return text.getvalue()


def stored(server: Server, field: str, count: int) -> list[Any]:
    """Return the field of each lead of the file, in its order."""
    addresses = ",".join(f"{field}-{number}@example.com" for number in range(count))
    form = {"_method": "GET", "filterType": "email", "filterValues": addresses, "fields": f"email,{field}"}
    leads = server.call("POST", "/rest/v1/leads.json", data=form).json()["result"]
    by_address = {lead["email"]: lead[field] for lead in leads}
    return [by_address.get(f"{field}-{number}@example.com".lower()) for number in range(count)]


@pytest.mark.parametrize("field", list(GOOD))
def test_good_cells(server: Server, field: str) -> None:
    """§8: each is stored and reads back as the JSON type of its field."""
    expected = list(GOOD[field].values())
    assert outcomes(server, file_of(field, list(GOOD[field]))) == [("created", "")] * len(expected)
    values = stored(server, field, len(expected))
    assert values == expected
    assert [type(value) for value in values] == [type(value) for value in expected]


@pytest.mark.parametrize("field", list(BAD))
def test_bad_cells(server: Server, field: str) -> None:
    """§8, §4.4: the row fails with the display name, nothing of it is stored."""
    described = server.get("/rest/v1/leads/describe.json")["result"]
    (shown,) = [each["displayName"] for each in described if each["rest"]["name"] == field]
    batch_id = server.submit(file_of(field, BAD[field]).replace("@example.com", "@bad.example.com"))
    server.finish(batch_id)
    told = [line.split(",", 3)[1::2] for line in server.ledger(batch_id)]
    assert told == [["failed", f"Invalid data type in field {shown}"]] * len(BAD[field])
    assert server.lead("email", f"{field}-0@bad.example.com", "id") == []


@pytest.mark.parametrize("field", list(TOO_LONG))
def test_one_character_too_many(server: Server, field: str) -> None:
    """§8, Q6: characters for strings, bytes for text."""
    assert outcomes(server, file_of(field, [TOO_LONG[field]]))[0][1].startswith("Value too long in field ")


SAMPLES = {
    "string": ("Some text", "Some text"),
    "text": ("Long text", "Long text"),
    "phone": ("555-0100", "555-0100"),
    "url": ("https://example.com", "https://example.com"),
    "email": ("other@example.com", "other@example.com"),
    "integer": ("7", 7),
    "score": ("-7", -7),
    "percent": ("7%", 7),
    "float": ("7.5", 7.5),
    "currency": ("7.25", 7.25),
    "boolean": ("yes", True),
    "date": ("2015-05-17", "2015-05-17"),
    "datetime": ("2015-05-17T22:11:45Z", "2015-05-17T22:11:45Z"),
}
LINKS = ("externalCompanyId", "externalSalesPersonId")


def test_every_writable_field_takes_a_value_of_its_type(server: Server) -> None:
    """§8, §12: all updateable standard fields in one row, read back as described."""
    (described,) = server.get("/rest/v1/leads/describe2.json")["result"]
    types = {each["name"]: each["dataType"] for each in described["fields"] if each["updateable"]}
    types = {name: kind for name, kind in types.items() if name not in LINKS}
    assert len(types) > 80
    cells = {name: SAMPLES[kind][0] for name, kind in types.items()} | {"email": "whole@example.com"}
    lengths = {each["name"]: each.get("length") or 255 for each in described["fields"]}
    cells = {name: cell[: lengths[name]] for name, cell in cells.items()}
    assert outcomes(server, ",".join(cells) + "\n" + ",".join(cells.values()) + "\n") == [("created", "")]
    form = {
        "_method": "GET",
        "filterType": "email",
        "filterValues": "whole@example.com",
        "fields": ",".join(cells),
    }
    (lead,) = server.call("POST", "/rest/v1/leads.json", data=form).json()["result"]
    for name, kind in types.items():
        expected = SAMPLES[kind][1]
        assert lead[name] == (cells[name] if isinstance(expected, str) else expected), name


def test_read_only_columns_are_dropped(server: Server) -> None:
    """§3.4, Q30: no warning, no failure, whatever the cells say; nothing is stored."""
    (described,) = server.get("/rest/v1/leads/describe2.json")["result"]
    names = [each["name"] for each in described["fields"] if not each["updateable"]]
    assert {"id", "createdAt", "leadPartitionId", "isAnonymous", "originalSourceType"} <= set(names)
    row = ",".join(["read-only@example.com", *["certainly wrong"] * len(names)])
    assert outcomes(server, ",".join(["email", *names]) + f"\n{row}\n") == [("created", "")]
    lead = server.lead("email", "read-only@example.com", ",".join(names))[0]
    assert "certainly wrong" not in lead.values()
