"""§9.4: what may be said and changed of the fields of leads, members and companies."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.contract.api.calls import error_of
from tests.contract.api.world import codes, sync, whole_subscription
from tests.harness import LEADLINE, Server, running
from tests.stores import store_options

LEADS, MEMBERS = "/rest/v1/leads/schema/fields", "/rest/v1/programs/members/schema/fields"
COMPANIES = "/rest/v1/companies/schema/fields"
BOTH = pytest.mark.parametrize("base", [LEADS, MEMBERS])
OF_FILE = {LEADS: "customerNumber", MEMBERS: "webinarQuestion"}
STANDARD = {LEADS: "firstName", MEMBERS: "statusName"}


def field_of(world: Server, base: str, name: str) -> dict[str, Any]:
    found: dict[str, Any]
    (found,) = world.get(f"{base}/{name}.json")["result"]
    return found


@BOTH
def test_display_names(world: Server, base: str) -> None:
    """One of a field of its own, of letters, digits and blanks; nothing is cut off."""
    own = field_of(world, base, OF_FILE[base])["displayName"]
    wrong = [own, own.upper(), "a$b", "a.b", "a<b>", "a[b]", "a & b", "a\tb", "x" * 256]
    items = [
        {"name": f"strange{n}", "displayName": each, "dataType": "string"} for n, each in enumerate(wrong)
    ]
    assert codes(sync(world, f"{base}.json", *items)) == ["1003"] * len(wrong)
    assert codes(sync(world, f"{base}.json", items[0] | {"displayName": "  "})) == ["1002"]
    fine = ["Größe in cm", "किताब", "E-Mail_2", "y" * 255]
    made = [{"name": f"plain{n}", "displayName": each, "dataType": "string"} for n, each in enumerate(fine)]
    assert codes(sync(world, f"{base}.json", *made)) == ["created"] * len(fine)
    for change in (own, "a$b", " ", "x" * 256):
        assert codes(sync(world, f"{base}/plain0.json", {"displayName": change})) == ["1003"]
    assert codes(sync(world, f"{base}/plain0.json", {"displayName": "größe in cm"})) == ["updated"]
    assert field_of(world, base, "plain0")["displayName"] == "größe in cm"


@BOTH
def test_settings_of_a_standard_field(world: Server, base: str) -> None:
    """Description and both marks change, and come back; nothing else does."""
    name = STANDARD[base]
    before = field_of(world, base, name)
    change = {"description": "As on the badge", "isHtmlEncodingInEmail": False}
    change |= {"isSensitive": not before["isSensitive"]}
    assert codes(sync(world, f"{base}/{name.upper()}.json", change)) == ["updated"]
    assert field_of(world, base, name) == before | change
    same = {member: before[member] for member in ("name", "dataType", "length", "isHidden", "displayName")}
    assert codes(sync(world, f"{base}/{name}.json", same)) == ["updated"]
    for refused in (
        {"displayName": "Other", "description": "Lost"},
        {"isHidden": True, "description": "Lost"},
        {"dataType": "text", "description": "Lost"},
        {"length": 10, "description": "Lost"},
        {"isCustom": True, "description": "Lost"},
        {"name": "other", "description": "Lost"},
        {"unheard": "of"},
        {},
    ):
        assert codes(sync(world, f"{base}/{name}.json", refused)) == ["1003"]
    assert field_of(world, base, name) == before | change
    assert codes(sync(world, f"{base}/{name}.json", {"description": None})) == ["updated"]
    assert field_of(world, base, name) == before | change | {"description": None}


@BOTH
def test_settings_of_a_custom_field(world: Server, base: str) -> None:
    """Marks are taken when it is made; only what a call has made can be hidden."""
    made = {
        "name": "quiet",
        "displayName": "Quiet",
        "dataType": "date",
        "description": "",
        "isHidden": True,
        "isHtmlEncodingInEmail": False,
        "isSensitive": True,
    }
    assert codes(sync(world, f"{base}.json", made)) == ["created"]
    assert field_of(world, base, "quiet") == made | {
        "description": None,
        "isCustom": True,
        "isApiCreated": True,
    }
    assert codes(sync(world, f"{base}/quiet.json", {"isHidden": False, "isSensitive": False})) == ["updated"]
    assert field_of(world, base, "quiet")["isHidden"] is False
    of_file = OF_FILE[base]
    assert codes(sync(world, f"{base}/{of_file}.json", {"isHidden": True})) == ["1003"]
    assert codes(sync(world, f"{base}/{of_file}.json", {"isHtmlEncodingInEmail": "yes"})) == ["1001"]
    assert codes(sync(world, f"{base}/{of_file}.json", {"displayName": "Changed"})) == ["updated"]
    assert field_of(world, base, of_file)["displayName"] == "Changed"


@BOTH
def test_one_field_at_a_time(world: Server, base: str) -> None:
    """A change names one field; a second item is not dropped, the call is refused."""
    two = {"input": [{"description": "one"}, {"description": "two"}]}
    answer = world.call("POST", f"{base}/{STANDARD[base]}.json", json=two)
    assert error_of(answer) == ("1003", "More than 1 values in 'input'")


def test_a_company_shows_the_same_field(world: Server) -> None:
    """What leads show of their company is described once; other fields of that name are others."""
    assert codes(sync(world, f"{LEADS}/industry.json", {"description": "The trade"})) == ["updated"]
    assert codes(sync(world, f"{LEADS}/id.json", {"description": "Of a person"})) == ["updated"]
    assert field_of(world, COMPANIES, "industry") == field_of(world, LEADS, "industry")
    assert field_of(world, COMPANIES, "industry")["description"] == "The trade"
    assert field_of(world, COMPANIES, "id")["description"] is None
    assert error_of(world.call("GET", f"{COMPANIES}/email.json"))[0] == "1006"
    assert error_of(world.call("POST", f"{COMPANIES}/industry.json", json={"input": [{}]}))[0] == "605"


def test_every_field_has_its_page(world: Server) -> None:
    """Pages of any size hold each field once, in one order; each can be asked for by its name."""
    for base in (LEADS, MEMBERS, COMPANIES):
        whole = world.get(f"{base}.json")["result"]
        names, token = [], {}
        while token is not None:
            page = world.get(f"{base}.json", params={"batchSize": 7, **token})
            names += [each["name"] for each in page["result"]]
            token = {"nextPageToken": page["nextPageToken"]} if page["moreResult"] else None
        assert names == [each["name"] for each in whole]
        assert len(set(names)) == len(names)
        assert field_of(world, base, names[-1]) == whole[-1]


def test_a_set_up_leaves_settings_alone(store: str, tmp_path: Path) -> None:
    """A file that gives a field another display name changes nothing else of it."""
    data, document = tmp_path / "data", whole_subscription()
    for server in running(data, document):
        till = {"name": "till", "displayName": "Till", "dataType": "string", "isHidden": True}
        chosen = {"description": "From the till", "isSensitive": True, "isHtmlEncodingInEmail": False}
        assert codes(sync(server, f"{LEADS}.json", till | chosen)) == ["created"]
        before = field_of(server, LEADS, "till")
        document["lead_fields"].append({"name": "till", "displayName": "Till number", "dataType": "string"})
        file = tmp_path / "again.yaml"
        file.write_text(yaml.safe_dump(document))
        subprocess.run([LEADLINE, "setup", str(file), *store_options(data)], check=True, capture_output=True)
        assert field_of(server, LEADS, "till") == before | {"displayName": "Till number"}
