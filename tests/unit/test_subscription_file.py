"""The subscription file: refused whole, every fault by its YAML path."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from leadline.errors import OperatorError
from leadline.subscriptions.file import SubscriptionFile, parse_subscription, read_subscription
from leadline.subscriptions.file_parts import PERMISSIONS

CREDENTIAL = {"name": "ci", "user": "ci@example.com", "permissions": "all"}
FIELD = {"name": "color", "displayName": "Color", "dataType": "string"}
OBJECT = {"displayName": "Car", "dedupeFields": ["color"], "fields": [FIELD]}
GOOD: dict[str, Any] = {"munchkin_id": "123-ABC-456", "credentials": [CREDENTIAL]}


def faults_of(document: object) -> list[str]:
    """Return the faults that a document is refused for, one line each."""
    with pytest.raises(OperatorError) as refusal:
        parse_subscription(document)
    first, *faults = str(refusal.value).split("\n  ")
    assert first == "The subscription file is refused; fix this:"
    return faults


def test_the_least_that_will_do() -> None:
    file = parse_subscription({"munchkin_id": "123-ABC-456"})
    assert (file.partitions, file.credentials, file.lists) == (["Default"], [], [])


def test_all_permissions_is_none_and_a_list_is_itself() -> None:
    some = {**CREDENTIAL, "name": "some", "client_id": "some", "permissions": list(PERMISSIONS)}
    file = parse_subscription(GOOD | {"credentials": [CREDENTIAL, some]})
    assert [each.permissions for each in file.credentials] == [None, list(PERMISSIONS)]


@pytest.mark.parametrize(
    ("section", "value", "path"),
    [
        ("munchkin_id", "123", "munchkin_id"),
        ("munchkin_id", None, "munchkin_id"),
        ("partitions", [], "partitions"),
        ("partitions", ["Default", ""], "partitions[1]"),
        ("partitions", ["Default", "DEFAULT"], "partitions[1]"),
        ("partitions", ["Default", "\u200b\u200d"], "partitions[1]"),
        ("companies", [{"externalCompanyId": "\u200b"}], "companies[0].externalCompanyId"),
        ("nonsense", 1, "nonsense"),
        ("limits", [], "limits"),
        ("limits", None, "limits"),
        ("limits", {"jobs_queued_max": "ten"}, "limits.jobs_queued_max"),
        ("limits", {"jobs_queued_max": True}, "limits.jobs_queued_max"),
        ("limits", {"jobs_queued_max": 1001}, "limits.jobs_queued_max"),
        ("limits", {"token_seconds": 10**30}, "limits.token_seconds"),
        ("limits", {"shared_queue": "no"}, "limits.shared_queue"),
        ("limits", {"jobs_queue_max": 5}, "limits.jobs_queue_max"),
        ("limits", {5: 5}, "limits[5]"),
        ("rules", {"blank_cells": "drop"}, "rules.blank_cells"),
        ("rules", {"time_zone": "Mars"}, "rules.time_zone"),
        ("rules", {"jobs_queued_max": 5}, "rules.jobs_queued_max"),
        ("credentials", [{"user": "x", "permissions": "all"}], "credentials[0].name"),
        ("credentials", [CREDENTIAL | {"permissions": "some"}], "credentials[0].permissions"),
        ("credentials", [CREDENTIAL | {"permissions": None}], "credentials[0].permissions"),
        (
            "credentials",
            [CREDENTIAL | {"permissions": ["Read-Only Lead", "Fly"]}],
            "credentials[0].permissions[1]",
        ),
        ("credentials", [CREDENTIAL | {"client_secret": ""}], "credentials[0].client_secret"),
        ("credentials", [CREDENTIAL | {"partitions": ["Moon"]}], "credentials[0].partitions"),
        ("credentials", [CREDENTIAL, CREDENTIAL], "credentials[1].name"),
        ("credentials", [CREDENTIAL | {"password": "x"}], "credentials[0].password"),
        ("lead_fields", [FIELD | {"name": "1st"}], "lead_fields[0].name"),
        ("lead_fields", [FIELD | {"name": "x" * 51}], "lead_fields[0].name"),
        ("lead_fields", [FIELD | {"name": "zoë"}], "lead_fields[0].name"),
        ("lead_fields", [FIELD | {"name": "EMAIL"}], "lead_fields[0].name"),
        ("lead_fields", [FIELD, FIELD | {"name": "COLOR"}], "lead_fields[1].name"),
        ("lead_fields", [FIELD | {"dataType": "formula"}], "lead_fields[0].dataType"),
        ("lead_fields", [FIELD | {"dataType": "integer", "length": 5}], "lead_fields[0]"),
        ("lead_fields", [FIELD | {"length": 0}], "lead_fields[0].length"),
        ("lead_fields", [FIELD | {"length": 256, "searchable": True}], "lead_fields[0]"),
        ("lead_fields", [FIELD | {"dataType": "text", "searchable": True}], "lead_fields[0]"),
        ("lists", [{"id": 0, "name": "Zero"}], "lists[0].id"),
        ("lists", [{"id": True, "name": "Yes"}], "lists[0].id"),
        ("channels", [{"name": "W", "statuses": []}], "channels[0].statuses"),
        ("channels", [{"name": "W", "statuses": [{"name": "A", "step": 0}]}], "channels[0].statuses[0].step"),
        (
            "channels",
            [{"name": "W", "statuses": [{"name": "A", "step": 1}, {"name": "a", "step": 2}]}],
            "channels[0].statuses[1].name",
        ),
        (
            "channels",
            [{"name": "W", "statuses": [{"name": "not in program", "step": 1}]}],
            "channels[0].statuses[0].name",
        ),
        (
            "program_member_fields",
            [FIELD | {"name": "statusName"}],
            "program_member_fields[0].name",
        ),
        ("lists", [{"id": 2**31, "name": "Big"}], "lists[0].id"),
        ("lists", [{"id": 1, "name": "A"}, {"id": 1, "name": "B"}], "lists[1].id"),
        ("lists", [{"id": 1, "name": "A"}, {"id": 2, "name": "a"}], "lists[1].name"),
        (
            "custom_objects",
            [OBJECT | {"apiName": "car"}, OBJECT | {"apiName": "Car_C"}],
            "custom_objects[1].apiName",
        ),
        ("companies", [{"company": "Acme"}], "companies[0].externalCompanyId"),
        ("companies", [{"externalCompanyId": "x" * 101}], "companies[0].externalCompanyId"),
        (
            "companies",
            [{"externalCompanyId": "a"}, {"externalCompanyId": "A"}],
            "companies[1].externalCompanyId",
        ),
        ("companies", [{"externalCompanyId": "a", "email": "x"}], "companies[0]"),
        ("companies", [{"externalCompanyId": "a", "industry": 5}], "companies[0]"),
        ("companies", [{"externalCompanyId": "a", "company": "x" * 256}], "companies[0]"),
        ("companies", [{"externalCompanyId": "a", "numberOfEmployees": 1.5}], "companies[0]"),
        ("companies", [{"externalCompanyId": "a", "numberOfEmployees": 2**63}], "companies[0]"),
        ("companies", [{"externalCompanyId": "a", "numberOfEmployees": True}], "companies[0]"),
        ("companies", [{"externalCompanyId": "a", "annualRevenue": "much"}], "companies[0]"),
        ("companies", [{"externalCompanyId": "a", "annualRevenue": 1e30}], "companies[0]"),
        ("companies", [{"externalCompanyId": "a", "annualRevenue": float("inf")}], "companies[0]"),
        ("companies", [{"externalCompanyId": "a", "annualRevenue": float("nan")}], "companies[0]"),
        ("sales_persons", [{"externalSalesPersonId": "s", "company": "x"}], "sales_persons[0]"),
    ],
)
def test_one_fault_and_its_path(section: str, value: object, path: str) -> None:
    (fault,) = faults_of(GOOD | {section: value})
    assert fault.startswith(f"{path}: ")
    assert len(fault) > len(path) + 10


@pytest.mark.parametrize(
    ("permissions", "fault"),
    [
        ([], ": give at least one of Read-Only Lead, Read-Write Lead, Read-Only Custom Object, "),
        (["read-write led"], "[0]: 'read-write led' is no permission; the nearest is 'Read-Write Lead'"),
    ],
)
def test_permissions_that_are_none(permissions: list[str], fault: str) -> None:
    """A credential that may do nothing is a mistake, and so is a name that is none."""
    (found,) = faults_of(GOOD | {"credentials": [CREDENTIAL | {"permissions": permissions}]})
    assert found.startswith(f"credentials[0].permissions{fault}")


def test_every_fault_at_once() -> None:
    document = {
        "munchkin_id": "?",
        "credentials": [{"name": "", "permissions": "all"}],
        "lists": [{"id": "x", "name": "Fine"}, {"name": "No id"}],
    }
    paths = [fault.split(":")[0] for fault in faults_of(document)]
    assert paths == [
        "munchkin_id",
        "credentials[0].name",
        "credentials[0].user",
        "lists[0].id",
        "lists[1].id",
    ]


def test_limits_and_rules() -> None:
    """What the file sets alone; null takes the server's again."""
    file = parse_subscription(GOOD | {"limits": {"token_seconds": 60, "rate_calls_max": None}})
    assert (file.limits, file.rules) == ({"token_seconds": 60, "rate_calls_max": None}, {})


def test_the_nearest_key_is_named() -> None:
    """At any depth of the file, all of them at once."""
    document = GOOD | {
        "limit": {},
        "limits": {"jobs_queue_max": 5, "token_seconds": 0},
        "rules": {"blank_cell": "keep"},
        "credentials": [CREDENTIAL | {"client_secrt": "x"}],
        "lead_fields": [FIELD | {"display_name": "Color"}],
        "custom_objects": [OBJECT | {"apiName": "car", "fields": [FIELD | {"displayname": "x"}]}],
    }
    assert set(faults_of(document)) == {
        "limit: there is no such key; the nearest is 'limits'",
        "limits.jobs_queue_max: there is no such key; the nearest is 'jobs_queued_max'",
        "limits.token_seconds: Input should be greater than or equal to 1",
        "rules.blank_cell: there is no such key; the nearest is 'blank_cells'",
        "credentials[0].client_secrt: there is no such key; the nearest is 'client_secret'",
        "lead_fields[0].display_name: there is no such key; the nearest is 'displayName'",
        "custom_objects[0].fields[0].displayname: there is no such key; the nearest is 'displayName'",
    }


def test_faults_of_parts_and_between_parts_at_once() -> None:
    """A wrong file is refused with every fault, whichever check finds it."""
    document = GOOD | {
        "credentials": [CREDENTIAL, CREDENTIAL | {"partitions": ["Moon"]}],
        "lists": [{"id": 1, "name": "A"}, {"id": "1", "name": "a "}, {"id": "x", "name": "C"}],
        "lead_fields": [FIELD | {"name": "email"}, {"name": "1st", "dataType": "formula", "length": 0}],
    }
    assert {fault.split(":")[0] for fault in faults_of(document)} == {
        "credentials[1].name",
        "credentials[1].partitions",
        "lists[1].id",
        "lists[1].name",
        "lists[2].id",
        "lead_fields[0].name",
        "lead_fields[1].name",
        "lead_fields[1].displayName",
        "lead_fields[1].dataType",
        "lead_fields[1].length",
    }


def test_keys_that_stand_twice(tmp_path: Path) -> None:
    """YAML would take the last one and say nothing; anchors and merges are no repetition."""
    file = tmp_path / "subscription.yaml"
    file.write_text(
        "munchkin_id: 123-ABC-456\nlists: [{id: 1, name: A, id: 2}, {id: x}]\nlists: []\n", "utf-8"
    )
    with pytest.raises(OperatorError) as refusal:
        read_subscription(file)
    assert [line.strip() for line in str(refusal.value).splitlines()[1:]] == [
        "lists[0].id: stands twice (line 2)",
        "lists: stands twice (line 3)",
    ]
    file.write_text(
        "munchkin_id: 123-ABC-456\nlead_fields:\n- &a {name: x, displayName: X, dataType: string}\n"
        "- {<<: *a, name: y}\n",
        "utf-8",
    )
    assert [each.name for each in read_subscription(file).lead_fields] == ["x", "y"]


@pytest.mark.parametrize("document", [None, [], "text", 5])
def test_not_a_mapping(document: object) -> None:
    assert [fault.split(":")[0] for fault in faults_of(document)] == ["the file"]


def test_values_of_companies_and_sales_persons() -> None:
    company = {
        "externalCompanyId": "acme",
        "company": "Acme",
        "annualRevenue": 10.5,
        "numberOfEmployees": 7,
        "site": None,
    }
    person = {"externalSalesPersonId": "sp1", "email": "rep@example.com"}
    file = parse_subscription(GOOD | {"companies": [company], "sales_persons": [person]})
    assert file.companies[0].external_id == "acme"
    assert file.companies[0].values == {key: company[key] for key in company if key != "externalCompanyId"}
    assert file.sales_persons[0].values == {"email": "rep@example.com"}


def test_reading_from_disk(tmp_path: Path) -> None:
    file = tmp_path / "subscription.yaml"
    file.write_text("munchkin_id: 123-ABC-456\nlists: [{id: 1, name: Zoë}]\n", "utf-8")
    found = read_subscription(file)
    assert isinstance(found, SubscriptionFile)
    assert found.lists[0].name == "Zoë"
    for content in (b"a: [1\n", b"\xff\xfe\x00", b"!!python/object:os.system {}\n"):
        file.write_bytes(content)
        with pytest.raises(OperatorError, match="is not a YAML file") as refusal:
            read_subscription(file)
        assert "\n" not in str(refusal.value)
    with pytest.raises(OperatorError, match="Cannot read"):
        read_subscription(tmp_path / "missing.yaml")


def test_an_amount_is_read_as_it_is_written(tmp_path: Path) -> None:
    """A float would not hold it; other spellings of YAML are numbers too."""
    file = tmp_path / "subscription.yaml"
    amounts = {"123456789012345.6789": Decimal("123456789012345.6789"), "1_000.5": 1000.5, ".5": 0.5}
    lines = [f"- {{externalCompanyId: c{at}, annualRevenue: {text}}}" for at, text in enumerate(amounts)]
    file.write_text("munchkin_id: 123-ABC-456\ncompanies:\n" + "\n".join(lines) + "\n", "utf-8")
    found = [each.values["annualRevenue"] for each in read_subscription(file).companies]
    assert found == list(amounts.values())


HUGE = "9" * 5_000
TRICKS = {
    "a billion laughs": (
        "a0: &a0 [x]\n" + "".join(f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 10)}]\n" for n in range(9)),
        "holds too much behind YAML aliases",
    ),
    "an alias within itself": ("a: &a [*a]\n", "holds too much behind YAML aliases"),
    "a number of thousands of digits": (f"munchkin_id: {HUGE}\n", "is not a YAML file in UTF-8"),
    "a day that no month has": ("munchkin_id: 2026-02-31\n", "is not a YAML file in UTF-8"),
    "nesting": ("[" * 50_000, "is not a YAML file in UTF-8"),
    "a control character": (
        'munchkin_id: 123-ABC-456\nlists: [{id: 1, name: "a\\x07b"}]\n',
        "lists\\[0\\].name: must not hold",
    ),
}


@pytest.mark.parametrize("trick", TRICKS)
def test_tricks_of_yaml(tmp_path: Path, trick: str) -> None:
    """Each is one sentence, at once."""
    content, sentence = TRICKS[trick]
    file = tmp_path / "subscription.yaml"
    file.write_text(content, "utf-8")
    with pytest.raises(OperatorError, match=sentence):
        read_subscription(file)


def test_a_file_of_many_megabytes(tmp_path: Path) -> None:
    file = tmp_path / "subscription.yaml"
    file.write_bytes(b"#" * (17 * 1024 * 1024))
    with pytest.raises(OperatorError, match="is beyond"):
        read_subscription(file)
