"""The OpenAPI document is valid, names each operation once, and shows examples within their schemas."""

import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from leadline.api.app import ENDPOINTS
from leadline.api.endpoint import CSV_FILE
from leadline.api.openapi import SUBJECTS, build_document
from leadline.api.openapi_operations import examples
from tests.contract.answers import complaints

EXAMPLES = examples()


def test_names_of_operations_are_their_own() -> None:
    """`subject.verb`, and where another method or path does the same a word behind it; clients and faults go by them."""
    document = build_document(ENDPOINTS)
    names = [each["operationId"] for methods in document["paths"].values() for each in methods.values()]
    assert len(names) == len(set(names)), "give one of two Endpoints of the same name a `variant`"
    assert {name for name in names if not re.fullmatch(r"[a-z]+(\.[a-z0-9]+){1,3}", name)} == set()
    assert {"identity.token", "leads.query", "leads.get", "leads.sync", "leads.delete"} <= set(names)
    kinds, verbs = ("leads", "members", "objects"), ("create", "status", "failures", "warnings")
    assert {f"bulk.{kind}.{verb}" for kind in kinds for verb in verbs} <= set(names)


def test_every_subject_is_described() -> None:
    used = {each.subject for each in ENDPOINTS} | {"operator"}
    missing, unused = used - set(SUBJECTS), set(SUBJECTS) - used
    assert not missing, f"give {sorted(missing)} a line in SUBJECTS of src/leadline/api/openapi.py"
    assert not unused, f"take {sorted(unused)} out of SUBJECTS of src/leadline/api/openapi.py"


ANSWERED = sorted({each.name for each in ENDPOINTS if each.result != CSV_FILE})
BODIES = sorted({each.body.__name__ for each in ENDPOINTS if each.body is not None})


def test_every_operation_has_an_example() -> None:
    """Of an answer, and of each type of body: `openapi_examples.json` holds what a server answered and was sent."""
    for kind, wanted in (("answers", ANSWERED), ("bodies", BODIES)):
        missing, unused = set(wanted) - set(EXAMPLES[kind]), set(EXAMPLES[kind]) - set(wanted)
        assert not missing, f"put a real one of {sorted(missing)} into {kind} of openapi_examples.json"
        assert not unused, f"take {sorted(unused)} out of {kind} of openapi_examples.json"


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=[each.operation_id for each in ENDPOINTS])
def test_examples_are_within_their_schema(endpoint: Any) -> None:
    document = build_document(ENDPOINTS)
    operation = document["paths"][endpoint.path][endpoint.method.lower()]
    if endpoint.name in EXAMPLES["answers"]:
        assert complaints(endpoint, 200, EXAMPLES["answers"][endpoint.name]) == []
    if endpoint.body is not None and endpoint.body.__name__ in EXAMPLES["bodies"]:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        checker = Draft202012Validator({**schema, "components": document["components"]})
        assert list(checker.iter_errors(EXAMPLES["bodies"][endpoint.body.__name__])) == []


def test_the_document_is_valid() -> None:
    """By the specification; what a linter says of it is in test_openapi_lint.py."""
    validate(build_document(ENDPOINTS))


def test_an_undeclared_error_and_a_foreign_member_are_found() -> None:
    """What every other contract test is held to (tests/contract/answers.py) finds what it should."""
    endpoint = next(each for each in ENDPOINTS if each.name == "leads.partitions")
    refused = {
        "requestId": "1#a",
        "success": False,
        "errors": [{"code": "1019", "message": "Import in progress"}],
    }
    assert "refusals" in complaints(endpoint, 200, refused)[0]
    wrong = {
        "requestId": "1#a",
        "success": True,
        "result": [{"id": "1", "name": "Default", "description": ""}],
    }
    assert complaints(endpoint, 200, wrong) != []
