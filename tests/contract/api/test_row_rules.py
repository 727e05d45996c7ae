"""§3.3-3.6, §4.3-4.6 beyond the common case, and each switch of §14 alone."""

from pathlib import Path
from typing import Any

import pytest

from tests.contract.api.calls import error_of, only, outcomes
from tests.forms import only_long
from tests.harness import Server, running, subscription

pytestmark = only_long("postgres", "given")

MISSING = ("failed", "Value for lookup field 'email' not found")


@pytest.mark.parametrize("cell", ["", "NULL", "null", "NuLl", "   ", '""'])
def test_no_key_no_row(server: Server, cell: str) -> None:
    """§3.5, §4.4: NULL or blank in the lookup cell is a missing value."""
    assert outcomes(server, f"firstName,email\nAnn,{cell}\n") == [MISSING]


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("EMAIL,FIRSTNAME", "case@example.com,Upper"),
        ("eMail,firstname", "case@example.com,Mixed"),
        ('"email","firstName"', "case@example.com,Quoted"),
        ("Email,,FirstName", "case@example.com,ignored,Blank"),
    ],
)
def test_header_names_in_any_case(server: Server, header: str, row: str) -> None:
    """§3.4, Q3: and quoted; a blank cell is a column to be ignored."""
    assert outcomes(server, f"{header}\n{row}\n")[0][1] == ""
    assert only(server, "case@example.com", "firstName")["firstName"] == row.split(",")[-1]


@pytest.mark.parametrize(
    ("file", "count"),
    [
        ("email\n\n\nl1@example.com\n\n", 1),
        ("\r\n\r\nemail\r\nl1@example.com\r\nl2@example.com", 2),
        ("email\rl1@example.com\rl2@example.com\r", 2),
        ("email,firstName\nl1@example.com\nl2@example.com,A\n", 2),
        ("email,firstName\nl1@example.com,,,\nl2@example.com,A,,\n", 2),
        (' ,,\n\u3000\nemail,firstName\n,\nl1@example.com,A\n , \nl2@example.com,B\n"",""\n', 2),
        ('email,firstName\nl1@example.com,"a, b"\n"l2@example.com","c\n\nd"\n', 2),
        ("\ufeffemail\nl1@example.com\n", 1),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_line_structure(server: Server, file: str, count: int, encoding: str) -> None:
    """§3.3: blank lines, any line end, short and long rows, quoted line ends, marks, both encodings."""
    content = file.removeprefix("\ufeff").encode("utf-16") if encoding == "utf-16" else file.encode()
    found = outcomes(server, content)
    assert len(found) == count
    assert {reason for _, reason in found} == {""}


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_with_either_mark(server: Server, codec: str) -> None:
    """§3.3, Q33."""
    content = "\ufeffemail,firstName\nu16@example.com,東京\n".encode(codec)
    assert outcomes(server, content)[0][1] == ""
    assert only(server, "u16@example.com", "firstName")["firstName"] == "東京"


def test_a_failed_row_leaves_its_lead_alone(server: Server) -> None:
    """§4.4: the first bad cell fails the whole row, also for a lead that exists."""
    server.run_import("email,firstName,leadScore\nalone@example.com,Ann,1\n", listId="1001")
    before = only(server, "alone@example.com", "id", "firstName", "leadScore", "updatedAt")
    file = "email,firstName,leadScore\nalone@example.com,Bob,x\nnever@example.com,Bob,x\n"
    assert [outcome for outcome, _ in outcomes(server, file, listId="1002")] == ["failed", "failed"]
    assert only(server, "alone@example.com", *before) == before
    assert server.lead("email", "never@example.com", "id") == []
    path = "/rest/v1/lists/1002/leads/ismember.json"
    assert server.get(path, params={"id": before["id"]})["result"][0]["status"] == "notmemberof"


def test_members_of_the_list(server: Server) -> None:
    """§4.4: new, updated, unchanged and warned rows join; joining alone makes no row updated."""
    server.run_import("email,firstName\nj1@example.com,A\nj2@example.com,A\n")
    file = "email,firstName\nj1@example.com,A\nj2@example.com,B\nj3@example.com,C\nj4 broken,D\n"
    found = [outcome for outcome, _ in outcomes(server, file, listId="1002")]
    assert found == ["unchanged", "updated", "created", "created"]
    members = server.get("/rest/v1/lists/1002/leads.json", params={"fields": "email"})["result"]
    assert {"j1@example.com", "j2@example.com", "j3@example.com", "j4 broken"} <= {
        m["email"] for m in members
    }


def test_another_key_may_change_the_address(server: Server) -> None:
    """§4.3: email is an ordinary field then; the lead answers to the new address only."""
    server.run_import("email,customerNumber\nbefore@example.com,4711\n")
    lead_id = only(server, "before@example.com", "id")["id"]
    file = "customerNumber,email\n+4711,After@example.com\n"
    assert outcomes(server, file, lookupField="CUSTOMERNUMBER") == [("updated", "")]
    assert only(server, "after@example.com", "id", "email") == {"id": lead_id, "email": "After@example.com"}
    assert server.lead("email", "before@example.com", "id") == []
    assert outcomes(server, "email\n after@example.com \n")[0][0] != "created"


def test_keys_fold_but_do_not_trim_unless_addresses(server: Server) -> None:
    """§3.6: strings ignore case only; addresses lose outer spaces too."""
    file = "favoriteColor,firstName\nTeal,A\nTEAL,B\n teal,C\n"
    found = [outcome for outcome, _ in outcomes(server, file, lookupField="favoriteColor")]
    assert found == ["created", "updated", "created"]
    file = "email,firstName\n k@example.com,A\nK@EXAMPLE.COM ,B\n"
    assert [outcome for outcome, _ in outcomes(server, file)] == ["created", "updated"]
    assert only(server, "k@example.com", "firstName")["firstName"] == "B"


def test_links(server: Server) -> None:
    """§4.5: NULL and blank never unlink; company cells of a linked lead are ignored, also in the row that links."""
    assert outcomes(server, "email,company\nlink@example.com,Own\n") == [("created", "")]
    assert outcomes(server, "email,externalCompanyId,company\nlink@example.com,acme,New\n") == [
        ("updated", "")
    ]
    assert only(server, "link@example.com", "company", "industry") == {
        "company": "Acme Inc",
        "industry": "Anvils",
    }
    for cell in ("NULL", ""):
        file = f"email,externalCompanyId,externalSalesPersonId\nlink@example.com,{cell},{cell}\n"
        assert outcomes(server, file) == [("unchanged", "")]
    file = "email,externalCompanyId,firstName\nlink@example.com,nobody,X\n"
    assert outcomes(server, file) == [("failed", "ExternalCompanyID not found")]
    assert only(server, "link@example.com", "externalCompanyId", "firstName") == {
        "externalCompanyId": "acme",
        "firstName": None,
    }


def test_partitions(server: Server) -> None:
    """§4.6: the named partition takes new leads; matching is over all; names in any case."""
    assert outcomes(server, "email\neu@example.com\n", partitionName="EUROPE") == [("created", "")]
    assert only(server, "eu@example.com", "leadPartitionId")["leadPartitionId"] == 2
    assert outcomes(server, "email,firstName\neu@example.com,A\n") == [("updated", "")]
    refused = ("failed", "Partition update not allowed")
    assert outcomes(server, "email,firstName\neu@example.com,B\n", partitionName="Default") == [refused]
    european = server.new_token("european", "european-secret")
    assert outcomes(server, "email,firstName\neu@example.com,C\n", token=european) == [("updated", "")]
    assert error_of(server.post_file("email\n", european, partitionName="Default"))[0] == "1008"


def test_the_partition_must_be_named_when_it_is_not_clear(tmp_path: Path) -> None:
    """§4.6: two open partitions, none of them the default: 1009, unless one is named."""
    both = {"name": "two", "client_id": "two", "client_secret": "two-secret", "user": "t@example.com"}
    document = subscription(
        partitions=["Default", "Europe", "Asia"],
        credentials=[{**both, "permissions": "all", "partitions": ["Europe", "Asia"]}],
    )
    for server in running(tmp_path / "data", document):
        token = server.new_token("two", "two-secret")
        assert error_of(server.post_file("email\n", token)) == ("1009", "Partition name must be specified")
        assert outcomes(server, "email\nasia@example.com\n", token=token, partitionName="Asia") == [
            ("created", "")
        ]
        lead = only(server, "asia@example.com", "id", "leadPartitionId")
        assert lead["leadPartitionId"] == 3
        by_id = f"id,firstName\n{lead['id']},A\n"
        assert outcomes(server, by_id, token=token, lookupField="id") == [("updated", "")], "makes no lead"


def test_a_lead_without_a_list(server: Server) -> None:
    """§4.4, Q28: source and defaults."""
    server.run_import("email\nplain@example.com\n")
    expected = {
        **dict.fromkeys(
            ("unsubscribed", "emailInvalid", "doNotCall", "marketingSuspended", "blackListed"), False
        ),
        **dict.fromkeys(("mktoIsCustomer", "mktoIsPartner", "isAnonymous", "vip"), False),
        "originalSourceType": "Web service API",
        "registrationSourceType": "Web service API",
        "originalSourceInfo": None,
        "isLead": True,
        "personType": "contact",
    }
    assert only(server, "plain@example.com", *expected) == expected
    lead = only(server, "plain@example.com", "id", "leadPerson", "personPrimaryLeadInterest")
    assert len(set(lead.values())) == 1


SWITCHES: dict[str, tuple[str, list[tuple[str, str]], dict[str, Any]]] = {
    "RULES__OVERLONG=truncate": (
        f"email,firstName\ns@example.com,{'é' * 300}\n",
        [("created", "Value too long in field First Name")],
        {"firstName": "é" * 255},
    ),
    "RULES__OVERLONG=truncate, a key": (
        f"email,firstName\ns@example.com,A\n{'s' * 250}@example.com,B\n",
        [("created", ""), ("failed", "Value too long in field Email Address")],
        {"firstName": "A"},
    ),
    "RULES__LONG_ROWS=ignore": (
        "email,firstName\ns@example.com,A,b\n",
        [("created", "")],
        {"firstName": "A"},
    ),
    "RULES__LONG_ROWS=fail": (
        "email,firstName\ns@example.com,A,b\ns@example.com,A,,\n",
        [
            ("failed", "Row has more values than the header"),
            ("created", "Row has more values than the header"),
        ],
        {"firstName": "A"},
    ),
}


@pytest.mark.parametrize("switch", list(SWITCHES))
def test_a_switch_alone(tmp_path: Path, switch: str) -> None:
    """§14 Q6, Q31: against the default of the others."""
    name, _, value = switch.partition(",")[0].partition("=")
    file, expected, lead = SWITCHES[switch]
    env = {f"LEADLINE_{name}": value}
    for server in running(tmp_path / "data", subscription(), env=env):
        assert outcomes(server, file) == expected
        assert only(server, "s@example.com", *lead) == lead
