"""Faults as a test sets them: what is refused, and to which calls they happen."""

from typing import Any

import pytest

from leadline.api.app import ENDPOINTS
from leadline.sandbox.control.refusal import ControlError
from leadline.sandbox.faults.effect_kinds import KINDS
from leadline.sandbox.faults.fault import parse_fault
from leadline.sandbox.faults.fault_set import FAULTS_MAX, FaultSet
from leadline.sandbox.faults.operations import Operations
from leadline.sandbox.faults.presets import MEANINGS, PRESETS, preset_fault

OPERATIONS = Operations()
CODE = {"code": "606"}


def refusal_of(document: Any) -> str:
    with pytest.raises(ControlError) as refused:
        parse_fault(document, OPERATIONS)
    assert refused.value.http_status == 400
    return refused.value.sentence


def fault_set(*documents: Any) -> FaultSet:
    faults = FaultSet()
    faults.add(parse_fault(each, OPERATIONS) for each in documents)
    return faults


def call(faults: FaultSet, method: str, path: str, query: str = "") -> list[int]:
    """Make a call; return which faults happen to it."""
    return [each.fault_id for each in faults.befalling(OPERATIONS.asked(method, path, query))]


def poll(faults: FaultSet) -> list[int]:
    return call(faults, "GET", "/bulk/v1/leads/batch/1001.json")


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ([], 'A fault is an object such as {"on": "bulk.leads.create", "do": {"code": "606"}}.'),
        ({"do": CODE}, "on must be a pattern of operationIds"),
        ({"on": "bulk.leed.create", "do": CODE}, "matches no operation; near are bulk.leads.create"),
        ({"on": "Leads.*", "do": CODE}, "'Leads.*' matches no operation; near are leads."),
        ({"on": "health.live", "do": CODE}, "matches no operation"),
        ({"on": {"path": "/bulk/v1/lead.json"}, "do": CODE}, "near are /bulk/v1/leads.json"),
        ({"on": {"method": "PUT", "path": "/rest/v1/leads.json"}, "do": CODE}, "method must be one of"),
        (
            {"on": {"method": "POST", "path": "/rest/v1/lead/5.json"}, "do": CODE},
            "/rest/v1/lead/5.json is served with GET, not with POST",
        ),
        ({"on": {"method": "GET"}, "do": CODE}, "on must be a pattern of operationIds"),
        ({"on": "*", "do": CODE, "skipp": 1}, "skipp is no member of a fault"),
        ({"on": "*", "do": CODE, "skip": -1}, "skip must be a whole number from 0"),
        ({"on": "*", "do": CODE, "skip": True}, "skip must be a whole number from 0"),
        (
            {"on": "*", "do": CODE, "times": 0},
            'times must be a whole number from 1 to 1000000000, not 0, or "always"',
        ),
        ({"on": "*", "do": CODE, "seed": "x"}, "seed must be a whole number"),
        (
            {"on": "*", "do": CODE, "probability": 0},
            "probability must be a number above 0 and up to 1, not 0",
        ),
        ({"on": "*", "do": CODE, "probability": float("nan")}, "probability must be a number above 0"),
        ({"on": "*", "do": CODE, "phase": "during"}, 'phase must be "before" or "after"'),
        ({"on": "*"}, "do must name one of code, http, reset"),
        ({"on": "*", "do": []}, "do must name 1 to 1000 things to do, not 0"),
        ({"on": "*", "do": {"code": "606", "http": 503}}, "do must name one of"),
        ({"on": "*", "do": {"code": "606", "retryAfter": 1}}, "do must name one of"),
        ({"on": "*", "do": {"code": "9999"}}, "'9999' is no code of this API"),
        ({"on": "*", "do": {"code": 606}}, "606 is no code of this API as a string"),
        ({"on": "*", "do": {"http": 200}}, "must be a whole number from 400 to 599"),
        ({"on": "*", "do": {"http": 503, "retryAfter": -1}}, "retryAfter must be a whole number from 0"),
        ({"on": "*", "do": {"reset": False}}, "do.reset: it can only be true"),
        ({"on": "*", "do": {"hang": 70}}, "do.hang: 70 is no duration"),
        ({"on": "*", "do": {"hang": "P8D"}}, "do.hang: P8D is too long"),
        ({"on": "*", "do": {"delay": {"min": "PT2S", "max": "PT1S"}}}, "min must not be longer than max"),
        ({"on": "*", "do": {"delay": {"min": "PT2S"}}}, "do.delay: give a duration"),
        ({"on": "*", "do": {"delay": {"median": "PT0S", "p95": "PT1S"}}}, "median must be longer than PT0S"),
        ({"on": "*", "do": {"truncate": 1.5}}, "do.truncate: it must be a whole number"),
        ({"on": "*", "phase": "before", "do": {"truncate": 1}}, "truncate has no phase before"),
        ({"on": "*", "phase": "after", "do": {"token": "expire"}}, "token has no phase after"),
        ({"on": "*", "do": {"token": "steal"}}, "do.token: it can only be \"expire\", not 'steal'"),
        (
            {"on": "identity.*", "do": {"token": "expire"}},
            "token needs an operation that is called with a token",
        ),
        ({"on": "identity.*", "do": CODE}, "code needs an operation that answers codes"),
        ({"on": "leads.*", "do": {"job": {"fail": "no"}}}, "job needs an operation that creates a job"),
        ({"on": "*", "phase": "after", "do": {"job": {"fail": "no"}}}, "job has no phase after"),
        ({"on": "*", "do": {"job": {"fail": " "}}}, "do.job: the message of a job is a line"),
        ({"on": "*", "do": {"job": {"fail": "a\x00b"}}}, "do.job: the message of a job is a line"),
        ({"on": "*", "do": [CODE] * 1001}, "do must name 1 to 1000 things to do, not 1001"),
        ({"on": "*", "do": {"job": {"stallAfterRows": -1}}}, "stallAfterRows must be a whole number from 0"),
        ({"on": "*", "do": {"job": {"fail": "a", "stallAfterRows": 1}}}, 'do.job: give {"fail"'),
        ({"on": "leads.query", "do": {"cutBody": 1}}, "cutBody needs an operation with a body"),
        ({"on": "*", "phase": "after", "do": {"cutBody": 1}}, "cutBody has no phase after"),
    ],
)
def test_nonsense_is_refused_with_a_sentence(document: Any, sentence: str) -> None:
    assert sentence in refusal_of(document)


def test_all_that_is_wrong_is_named_at_once() -> None:
    wrong = {
        "on": "nothing.like.it",
        "skip": -1,
        "times": "often",
        "phase": "before",
        "do": [{"truncate": 1}, {"http": 1}],
    }
    said = refusal_of(wrong)
    for part in ("matches no operation", "skip must", "times must", "truncate has no phase", "do.http"):
        assert part in said


def test_a_refusal_is_no_longer_than_a_page() -> None:
    wrong: dict[str, Any] = {f"{each}{'x' * 10_000}": 1 for each in range(1000)}
    assert len(refusal_of(wrong | {"on": "y" * 10_000, "do": {"z" * 10_000: 1}})) < 5000


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda each: each.operation_id)
def test_each_operation_can_be_named(endpoint: Any) -> None:
    """By its id, by its name, and by its method and path, as the document has them."""
    for on in (endpoint.operation_id, endpoint.name, {"method": endpoint.method, "path": endpoint.path}):
        faults = fault_set({"on": on, "do": {"reset": True}})
        assert call(faults, endpoint.method, endpoint.path.replace("{", "x").replace("}", "")) == [1], on


@pytest.mark.parametrize("name", PRESETS)
def test_each_preset_is_a_fault(name: str) -> None:
    assert name in MEANINGS
    document = preset_fault({"preset": name, "skip": 3})
    assert parse_fault(document, OPERATIONS).skip == 3


def test_an_unknown_preset_is_refused_with_the_nearest() -> None:
    with pytest.raises(ControlError, match=r"no preset 'throtled'; throttled is near"):
        preset_fault({"preset": "throtled"})


def test_it_happens_once_unless_told_otherwise() -> None:
    faults = fault_set({"on": "*.status", "do": CODE})
    assert [poll(faults) for _ in range(3)] == [[1], [], []]
    assert faults.listed() == [{"id": 1, "on": "*.status", "do": CODE, "matched": 3, "fired": 1, "left": 0}]


def test_calls_are_spared_first() -> None:
    faults = fault_set({"on": "bulk.leads.status", "skip": 2, "times": 2, "do": CODE})
    assert [poll(faults) for _ in range(5)] == [[], [], [1], [1], []]


def test_other_operations_are_no_concern_of_it() -> None:
    faults = fault_set({"on": "bulk.*.create", "do": CODE})
    assert poll(faults) == []
    assert call(faults, "POST", "/bulk/v1/nothing.json") == []
    assert faults.listed()[0]["matched"] == 0
    assert call(faults, "POST", "/bulk/v1/program/1001/members/import.json") == [1]


def test_variants_answer_to_the_name_of_the_operation() -> None:
    faults = fault_set({"on": "bulk.leads.status", "times": "always", "do": CODE})
    assert call(faults, "GET", "/bulk/v1/leads/batch/1001/status.json") == [1]
    assert poll(faults) == [1]
    assert faults.listed()[0]["left"] == "always"


def test_a_get_in_the_body_of_a_post_is_a_get() -> None:
    faults = fault_set({"on": "leads.query", "do": CODE})
    assert call(faults, "POST", "/rest/v1/leads.json") == []
    assert call(faults, "POST", "/rest/v1/leads.json", "_method=get") == [1]


@pytest.mark.parametrize(
    "path",
    ["/bulk/v1/leads/batch/1001.json", "/bulk/v1/leads/batch/*", "/bulk/v1/leads/batch/{batchId}.json"],
)
def test_paths_are_real_ones_patterns_or_those_of_the_document(path: str) -> None:
    faults = fault_set({"on": {"path": path}, "do": CODE})
    assert poll(faults) == [1]


def test_one_job_can_be_meant() -> None:
    faults = fault_set({"on": {"method": "GET", "path": "/bulk/v1/leads/batch/1002.json"}, "do": CODE})
    assert poll(faults) == []
    assert call(faults, "GET", "/bulk/v1/leads/batch/1002.json") == [1]


def test_one_end_a_call_the_oldest_that_is_due() -> None:
    faults = fault_set(
        {"on": "*", "do": {"delay": "PT0S"}},
        {"on": "*", "do": CODE},
        {"on": "*", "do": {"http": 503}, "phase": "after"},
    )
    assert poll(faults) == [1, 2]
    assert poll(faults) == [3]
    assert [each["left"] for each in faults.listed()] == [0, 0, 0]


def test_a_list_is_gone_through_and_begun_again() -> None:
    do = [{"http": 502}, {"reset": True}]
    faults = fault_set({"on": "*", "do": do}, {"on": "*", "times": 3, "do": do})
    kinds = []
    for _ in range(5):
        kinds += [
            type(each.effect).__name__
            for each in faults.befalling(OPERATIONS.asked("GET", "/rest/v1/leads.json"))
        ]
    assert kinds == ["HttpStatus", "Reset", "HttpStatus", "Reset", "HttpStatus"]


def test_what_does_not_fit_an_operation_spares_it() -> None:
    faults = fault_set({"on": "*", "do": {"job": {"fail": "no"}}})
    assert poll(faults) == []
    assert call(faults, "POST", "/bulk/v1/leads.json") == [1]


def test_chance_is_the_same_for_the_same_seed() -> None:
    def hits(seed: int) -> list[bool]:
        faults = fault_set({"on": "*", "probability": 0.3, "times": "always", "seed": seed, "do": CODE})
        return [bool(poll(faults)) for _ in range(300)]

    assert hits(7) == hits(7) != hits(8)
    assert 50 < sum(hits(7)) < 140


def test_faults_are_removed_one_by_one_or_all() -> None:
    faults = fault_set(*({"on": "*", "do": CODE} for _ in range(3)))
    faults.remove(2)
    assert [each["id"] for each in faults.listed()] == [1, 3]
    with pytest.raises(ControlError, match="There is no fault 2") as refused:
        faults.remove(2)
    assert refused.value.http_status == 404
    faults.remove()
    assert faults.listed() == []
    assert poll(faults) == []


def test_there_is_an_end_to_faults() -> None:
    faults = fault_set(*({"on": "*", "do": CODE} for _ in range(FAULTS_MAX)))
    with pytest.raises(ControlError, match="at most 1000 faults"):
        faults.add([parse_fault({"on": "*", "do": CODE}, OPERATIONS)])
    assert len(faults.listed()) == FAULTS_MAX


def test_what_did_not_happen_is_taken_back() -> None:
    faults = fault_set({"on": "bulk.*.create", "do": {"job": {"fail": "no"}}})
    [firing] = faults.befalling(OPERATIONS.asked("POST", "/bulk/v1/leads.json"))
    faults.take_back(firing)
    assert faults.listed()[0]["left"] == 1
    assert call(faults, "POST", "/bulk/v1/leads.json") == [1]


def test_each_kind_says_why_it_lacks_a_phase() -> None:
    for name, kind in KINDS.items():
        assert len(kind.phases) == 2 or kind.why, name
