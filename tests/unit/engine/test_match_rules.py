"""Which record a row finds and whether it may write it, case by case (contract §3.6, §4.4-4.6)."""

import pytest

from leadline.engine.match_rules import MergeContext, check_match, join_records
from leadline.model.callers import EVERYWHERE, PartitionScope
from leadline.model.records import Action
from tests.unit.engine.frames import LINK, checked_rows, plan_of, stored_records

ANN = ("a@x.co", 1, 100, 1, "A@x.co", 5, None, None)
TWIN = ("a@x.co", 2, 200, 2, "a@x.co", 7, None, None)
BOB = ("b@x.co", 3, 100, 2, "b@x.co", None, "acme", "Own")
ROW = ("a@x.co", None, "a@x.co", 1, ..., ...)
NEW = ("new@x.co", None, "new@x.co", 1, ..., ...)
OF_BOB = ("b@x.co", None, "b@x.co", 1, ..., ...)
NAMES = {1: "Default", 2: "Europe, West"}
SEVERAL = "Multiple leads match the lookup criteria"

CASES: dict[str, tuple[dict[str, object], PartitionScope, list[object], list[object], list[object]]] = {
    # name: plan, scope, stored records, rows, (id that the row finds, reason) of each row
    "nothing stored": ({}, EVERYWHERE, [], [ROW], [(None, None)]),
    "one record": ({}, EVERYWHERE, [ANN, BOB], [ROW, NEW, OF_BOB], [(1, None), (None, None), (3, None)]),
    "two records": ({}, EVERYWHERE, [ANN, TWIN], [ROW], [(2, SEVERAL)]),
    "the newest of two": ({"multiple_matches": "newest"}, EVERYWHERE, [ANN, TWIN], [ROW], [(2, None)]),
    "the higher id of two of one age": (
        {"multiple_matches": "newest"},
        EVERYWHERE,
        [ANN, ("a@x.co", 2, 100, 1, "a@x.co", None, None, None)],
        [ROW],
        [(2, None)],
    ),
    "a row that failed before finds nothing": (
        {},
        EVERYWHERE,
        [ANN],
        [("a@x.co", "Bad", None, None, ..., ...)],
        [(None, "Bad")],
    ),
    "only updates, none": (
        {"action": Action.UPDATE_ONLY},
        EVERYWHERE,
        [ANN],
        [ROW, NEW],
        [(1, None), (None, "Lead not found")],
    ),
    "only creates, one": (
        {"action": Action.CREATE_ONLY},
        EVERYWHERE,
        [ANN],
        [ROW, NEW],
        [(1, "Lead already exists"), (None, None)],
    ),
    "only creates, twice in the rows": (
        {"action": Action.CREATE_ONLY},
        EVERYWHERE,
        [],
        [NEW, NEW],
        [(None, None), (None, "Lead already exists")],
    ),
    "by id, which never creates": (
        {"key": "id"},
        EVERYWHERE,
        [(1, 1, 100, 1, "A@x.co", 5, None, None)],
        [(1, None, ..., 1, ..., ...), (9, None, ..., 1, ..., ...)],
        [(1, None), (None, "Lead not found")],
    ),
    "a closed partition": (
        {},
        PartitionScope(1, False, frozenset({1})),
        [ANN, BOB],
        [ROW, OF_BOB, NEW],
        [(1, None), (3, "Access denied to partition 'Europe, West'"), (None, None)],
    ),
    "another partition than the named one": (
        {},
        PartitionScope(1, True, None),
        [ANN, BOB],
        [ROW, OF_BOB, NEW],
        [(1, None), (3, "Partition update not allowed"), (None, None)],
    ),
    "a closed one before another one": (
        {},
        PartitionScope(1, True, frozenset({1})),
        [BOB],
        [OF_BOB],
        [(3, "Access denied to partition 'Europe, West'")],
    ),
    "several before the partition": (
        {},
        PartitionScope(1, True, frozenset({1})),
        [ANN, TWIN],
        [ROW],
        [(2, SEVERAL)],
    ),
    "a link in any case": ({}, EVERYWHERE, [], [("n", None, "n", 1, "ACME", ...)], [(None, None)]),
    "a link to nobody": (
        {},
        EVERYWHERE,
        [],
        [("n", None, "n", 1, "nobody", ...), ("m", None, "m", 1, None, ...)],
        [(None, "ExternalCompanyID not found"), (None, None)],
    ),
    "the partition before a link": (
        {},
        PartitionScope(1, True, None),
        [BOB],
        [("b@x.co", None, "b@x.co", 1, "nobody", ...)],
        [(3, "Partition update not allowed")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_row_finds_and_may(name: str) -> None:
    options, scope, stored, rows, expected = CASES[name]
    plan = plan_of(**options)
    context = MergeContext(10, scope, NAMES, {LINK: {"acme": "Acme"}})
    joined = join_records(checked_rows(rows, plan), stored_records(stored, plan), plan)
    got = check_match(joined, plan, context).select("id", "reason").rows()
    assert got == expected, f"{name}: rows {rows}, stored {stored}"


@pytest.mark.parametrize(
    ("action", "stored", "expected"),
    [
        (Action.UPDATE_ONLY, [], [("Bad", "1003"), ("Lead not found", "1004")]),
        (Action.CREATE_ONLY, [ANN], [("Bad", "1003"), ("Lead already exists", "1005")]),
        (Action.CREATE_OR_UPDATE, [ANN, TWIN], [("Bad", "1003"), (SEVERAL, "1007")]),
        (Action.CREATE_OR_UPDATE, [ANN], [("Bad", "1003"), (None, None)]),
    ],
)
def test_a_call_has_the_code_of_the_same_reason(
    action: Action, stored: list[tuple[object, ...]], expected: list[tuple[str | None, str | None]]
) -> None:
    plan = plan_of(action=action, call=True)
    rows = checked_rows([("z", "Bad", None, None, ..., ...), ROW], plan)
    context = MergeContext(10, EVERYWHERE, NAMES, {LINK: {}})
    found = check_match(join_records(rows, stored_records(stored, plan), plan), plan, context)
    assert found.select("reason", "code").rows() == expected


def test_a_link_has_the_spelling_of_its_target() -> None:
    plan = plan_of()
    rows = checked_rows([("n", None, "n", 1, "ACME", ...)], plan)
    context = MergeContext(10, EVERYWHERE, NAMES, {LINK: {"acme": "Acme"}})
    found = check_match(join_records(rows, stored_records([], plan), plan), plan, context)
    assert found[LINK].to_list() == ["Acme"]
