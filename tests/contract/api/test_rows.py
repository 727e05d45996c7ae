"""§3.3-3.6, §4.3-4.6, §8: what rows do to people."""

from pathlib import Path
from typing import Any

import pytest

from tests.forms import only_long
from tests.harness import Server, running, subscription

pytestmark = only_long("postgres", "given")


def only(server: Server, email: str, fields: str) -> dict[str, Any]:
    (lead,) = server.lead("email", email, fields)
    return lead


def outcomes(server: Server, file: str | bytes, **params: Any) -> list[tuple[str, str]]:
    batch_id = server.submit(file, **params)
    server.finish(batch_id)
    lines = [line.split(",", 3) for line in server.ledger(batch_id)]
    assert [int(line[0]) for line in lines] == list(range(1, len(lines) + 1))
    return [(line[1], line[3]) for line in lines]


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        ("leadScore", " +7 ", 7),
        ("leadScore", "10.0", None),
        ("leadScore", "9223372036854775808", None),
        ("points", "-3", -3),
        ("discount", "85%", 85),
        ("discount", "85%%", None),
        ("ratio", "1.5e3", 1500.0),
        ("ratio", "1,000", None),
        ("balance", "10.40", 10.4),
        ("balance", "$10", None),
        ("vip", "Yes", True),
        ("vip", "f", False),
        ("vip", "2", None),
        ("birthday", "2024-02-29", "2024-02-29"),
        ("birthday", "2/9/69", "1969-02-09"),
        ("birthday", "2026-02-30", None),
        ("birthday", "2015-05-17T22:11:45Z", "2015-05-17"),
        ("lastPurchase", "2015-05-17T22:11:45.5+02:00", "2015-05-17T20:11:45Z"),
        ("lastPurchase", "2015-05-17 22:11:45", "2015-05-18T03:11:45Z"),
        ("lastPurchase", "5/17/15 10:11 PM", "2015-05-18T03:11:00Z"),
        ("lastPurchase", "yesterday", None),
        ("notes", "any text", "any text"),
        ("homepage", "www.example.com", "www.example.com"),
        ("phone", "call me", "call me"),
        ("firstName", "  kept  ", "  kept  "),
        ("firstName", "nul\0", None),
        ("workEmail", " w@example.com ", "w@example.com"),
    ],
)
def test_types(server: Server, field: str, cell: str, value: object) -> None:
    """§8: what a cell becomes, None where it fails the row."""
    batch_id = server.submit(f'email,{field}\ntypes-{field}@example.com,"{cell}"\n')
    status = server.finish(batch_id)
    assert status["numOfRowsFailed"] == (value is None)
    if value is not None:
        assert only(server, f"types-{field}@example.com", field)[field] == value
    else:
        reason = server.failures(batch_id).text.splitlines()[-1].rsplit(",", 1)[-1]
        assert reason.startswith("Invalid data type in field ")


def test_blank_keeps_null_clears(server: Server) -> None:
    """§3.5: a boolean too."""
    server.run_import("email,firstName,leadScore,vip\nblank@example.com,Ann,5,true\n")
    assert outcomes(server, "email,firstName,leadScore,vip\nblank@example.com,,,\n") == [("unchanged", "")]
    assert outcomes(server, "email,firstName,leadScore,vip\nblank@example.com,NULL,null,Null\n") == [
        ("updated", "")
    ]
    lead = only(server, "blank@example.com", "firstName,leadScore,vip")
    assert (lead["firstName"], lead["leadScore"], lead["vip"]) == (None, None, None)


def test_the_same_key_twice(server: Server) -> None:
    """§3.6: file order, later non-blank values win, both counted, one record."""
    file = "email,firstName,lastName\ntwice@example.com,A,X\nother@example.com,O,O\n TWICE@example.com ,B,\ntwice@example.com,,Y\n"
    assert [outcome for outcome, _ in outcomes(server, file)] == ["created", "created", "updated", "updated"]
    lead = only(server, "twice@example.com", "firstName,lastName,email")
    assert (lead["firstName"], lead["lastName"], lead["email"]) == ("B", "Y", "twice@example.com")
    assert only(server, "other@example.com", "firstName")["firstName"] == "O"


def test_the_identical_file_again_writes_nothing(server: Server) -> None:
    """The ledger says unchanged, and updatedAt stays."""
    file = "email,firstName,leadScore\n" + "".join(f"same{n}@example.com,N{n},{n}\n" for n in range(50))
    assert {outcome for outcome, _ in outcomes(server, file)} == {"created"}
    before = only(server, "same7@example.com", "updatedAt")
    assert {outcome for outcome, _ in outcomes(server, file)} == {"unchanged"}
    assert only(server, "same7@example.com", "updatedAt") == before


def test_lookup_by_id_only_updates(server: Server) -> None:
    """§4.3: unknown id, no integer, missing id."""
    server.run_import("email\nby-id@example.com\n")
    lead_id = only(server, "by-id@example.com", "id")["id"]
    file = f"id,firstName,email\n{lead_id},Ida,moved@example.com\n99999999,X,\nabc,X,\n,X,\n"
    assert outcomes(server, file, lookupField="id") == [
        ("updated", ""),
        ("failed", "Lead not found"),
        ("failed", "Invalid data type in field Id"),
        ("failed", "Value for lookup field 'id' not found"),
    ]
    assert only(server, "moved@example.com", "firstName,id") == {"id": lead_id, "firstName": "Ida"}
    assert outcomes(server, "email,id\nignored-id@example.com,1\n") == [("created", "")]


@pytest.mark.parametrize(
    "lookup", ["twitterId", "sfdcLeadId", "customerNumber", "favoriteColor", "cookies", "workEmail"]
)
def test_lookup_by_other_fields(server: Server, lookup: str) -> None:
    """§4.3: standard and custom keys; the key of a new lead is stored, so a second import finds it."""
    file = f"{lookup},firstName\n4711,Ann\n"
    assert outcomes(server, file, lookupField=lookup) == [("created", "")] or lookup == "workEmail"
    assert outcomes(server, file, lookupField=lookup)[0][0] == "unchanged"


def test_an_older_name_of_a_field(server: Server) -> None:
    """§4.3, §3.4: `cookie` is `cookies`, as parameter and in the header, and not a second column beside it."""
    for lookup, column, outcome in (
        ("cookie", "cookies", "created"),
        ("cookie", "Cookie", "unchanged"),
        ("cookies", "cookie", "unchanged"),
    ):
        told = outcomes(server, f"{column},firstName\n4712,Ann\n", lookupField=lookup)
        assert told == [(outcome, "")]
    refused = server.post_file("cookie,cookies\n1,2\n", lookupField="cookie").json()
    assert refused["errors"][0]["code"] == "1003"
    item = {"cookie": "4712", "firstName": "Bea"}
    body = {"lookupField": "cookie", "action": "updateOnly", "input": [item]}
    assert server.call("POST", "/rest/v1/leads.json", json=body).json()["result"][0]["status"] == "updated"


def test_a_key_that_matches_several(server: Server) -> None:
    """Q7: the row fails; here two leads share a color."""
    server.run_import("email,favoriteColor\nc1@example.com,mauve\nc2@example.com,Mauve\n")
    assert outcomes(server, "favoriteColor,firstName\nMAUVE,X\n", lookupField="favoriteColor") == [
        ("failed", "Multiple leads match the lookup criteria")
    ]


def test_headers(server: Server) -> None:
    """§3.4: blank header cell, read-only column, lookup column absent, header only, marks."""
    assert outcomes(server, "email,,createdAt\nhead@example.com,dropped,not a date\n") == [("created", "")]
    missing = ("failed", "Value for lookup field 'email' not found")
    assert outcomes(server, "firstName\nA\nB\n") == [missing, missing]
    assert outcomes(server, "email,firstName") == []
    assert outcomes(server, b"\xef\xbb\xbfemail\nbom@example.com\n") == [("created", "")]
    assert outcomes(server, "email,firstName\nutf16@example.com,Zoë\n".encode("utf-16")) == [("created", "")]
    assert only(server, "utf16@example.com", "firstName")["firstName"] == "Zoë"


def test_line_structure(server: Server) -> None:
    """§3.3: blank lines, lone CR, short and long rows, backslashes, an unclosed quote."""
    file = (
        'email,firstName\r\rl1@example.com\rl2@example.com,back\\,slash\r\n\nl3@example.com,A,,\n"open,x\ny\n'
    )
    assert outcomes(server, file) == [
        ("created", ""),
        ("created", "Row has more values than the header"),
        ("created", "Row has more values than the header"),
        ("failed", "Invalid row format"),
    ]
    assert only(server, "l2@example.com", "firstName")["firstName"] == "back\\"


def test_undecodable_bytes_fail_the_job(server: Server) -> None:
    """§3.3: before any row is applied, naming the first offending row."""
    status = server.run_import(b"email,firstName\nu1@example.com,A\n\nu2@example.com,\xff\n")
    assert status["status"] == "Failed"
    assert status["message"].startswith("Import failed, ")
    assert "row 2" in status["message"]
    assert server.lead("email", "u1@example.com", "id") == []


def test_too_long(server: Server) -> None:
    """Q6: the row fails."""
    rows = f"email,firstName,notes\nlong@example.com,{'x' * 256},\nlong@example.com,{'é' * 255},{'y' * 30_000}\nlong@example.com,,{'é' * 15_001}\n"
    assert [reason for _, reason in outcomes(server, rows)] == [
        "Value too long in field First Name",
        "",
        "Value too long in field Notes",
    ]


def test_links_and_company_columns(server: Server) -> None:
    """§4.5: unknown targets fail; a linked lead shows its company; ignored columns change nothing."""
    file = "email,externalCompanyId,externalSalesPersonId,company\nl@example.com,ACME,sp1,Own\nm@example.com,nope,,\nn@example.com,,nope,\no@example.com,,,Own\n"
    assert outcomes(server, file) == [
        ("created", ""),
        ("failed", "ExternalCompanyID not found"),
        ("failed", "ExternalSalesPersonID not found"),
        ("created", ""),
    ]
    lead = only(server, "l@example.com", "company,industry,externalCompanyId")
    assert (lead["company"], lead["industry"], lead["externalCompanyId"]) == ("Acme Inc", "Anvils", "acme")
    assert only(server, "o@example.com", "company")["company"] == "Own"
    assert outcomes(server, "email,company,externalCompanyId\nl@example.com,Changed,NULL\n") == [
        ("unchanged", "")
    ]


def test_partitions(server: Server) -> None:
    """§4.6: a match elsewhere fails the row, a closed partition too."""
    server.run_import("email\np-default@example.com\n")
    european = server.new_token("european", "european-secret")
    assert outcomes(server, "email\np-default@example.com\n", partitionName="europe") == [
        ("failed", "Partition update not allowed")
    ]
    assert outcomes(server, "email\np-default@example.com\n", token=european) == [
        ("failed", "Access denied to partition 'Default'")
    ]


def test_defaults_of_a_new_lead(server: Server) -> None:
    """§4.4, Q28."""
    server.run_import("email,unsubscribed\nnew@example.com,\n", listId="1002")
    names = "unsubscribed,isLead,isAnonymous,personType,leadPartitionId,leadPerson,originalSourceType,originalSourceInfo,vip"
    lead = only(server, "new@example.com", names)
    assert lead == {
        "id": lead["id"],
        "unsubscribed": False,
        "isLead": True,
        "isAnonymous": False,
        "personType": "contact",
        "leadPartitionId": 1,
        "leadPerson": lead["id"],
        "originalSourceType": "List import",
        "originalSourceInfo": "List: Webinar",
        "vip": False,
    }


def test_switches(tmp_path: Path) -> None:
    """§14: each switch turned."""
    env = {
        "LEADLINE_RULES__BLANK_CELLS": "clear",
        "LEADLINE_RULES__UNKNOWN_COLUMNS": "ignore",
        "LEADLINE_RULES__OVERLONG": "truncate",
        "LEADLINE_RULES__MULTIPLE_MATCHES": "newest",
        "LEADLINE_RULES__LONG_ROWS": "fail",
        "LEADLINE_RULES__TIME_ZONE": "Asia/Tokyo",
    }
    fields = [
        {"name": "color", "displayName": "Color", "dataType": "string", "length": 4},
        {"name": "seen", "displayName": "Seen", "dataType": "datetime"},
    ]
    for server in running(tmp_path / "data", subscription(lead_fields=fields), env=env):
        file = (
            "email,nonsense,color,seen\na@x.co,?,purple,2026-01-01 09:00:00\nb@x.co,,purp,\nc@x.co,,,,extra\n"
        )
        assert outcomes(server, file) == [
            ("created", "Value too long in field Color"),
            ("created", ""),
            ("failed", "Row has more values than the header"),
        ]
        assert only(server, "a@x.co", "color,seen") == {
            "id": 1,
            "color": "purp",
            "seen": "2026-01-01T00:00:00Z",
        }
        assert outcomes(server, "color,firstName\nPURP,Newest\n", lookupField="color") == [("updated", "")]
        assert only(server, "b@x.co", "firstName")["firstName"] == "Newest"
        assert outcomes(server, "email,color\na@x.co,\n") == [("updated", "")]
        assert only(server, "a@x.co", "color")["color"] is None
