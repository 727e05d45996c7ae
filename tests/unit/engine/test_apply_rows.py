"""What rows leave of their records, case by case (contract §3.6, §4.4, §4.5)."""

import pytest

from leadline.engine.apply_rows import apply_all, number_new
from leadline.engine.match_rules import MergeContext, check_match, join_records
from tests.unit.engine.frames import COMPANY, LINK, SCORE, checked_rows, plan_of, stored_records

ANN = ("a@x.co", 1, 100, 1, "a@x.co", 5, None, "Old")
LINKED = ("l@x.co", 2, 100, 1, "l@x.co", 5, "Acme", "Old")

CASES: dict[str, tuple[list[object], list[object]]] = {
    # name: rows, (id, outcome, score, link, company) after each row
    "changed": ([("a@x.co", None, "a@x.co", 6, ..., ...)], [(1, "updated", 6, None, "Old")]),
    "the same": ([("a@x.co", None, "a@x.co", 5, ..., ...)], [(1, "unchanged", 5, None, "Old")]),
    "cleared": ([("a@x.co", None, "a@x.co", None, ..., None)], [(1, "updated", None, None, None)]),
    "not written": ([("a@x.co", None, "a@x.co", ..., ..., ...)], [(1, "unchanged", 5, None, "Old")]),
    "new": ([("n", None, "n", 1, ..., "N")], [(10, "created", 1, None, "N")]),
    "new ones in file order": (
        [
            ("z", None, "z", 1, ..., ...),
            ("a@x.co", None, "a@x.co", 5, ..., ...),
            ("b", None, "b", 2, ..., ...),
        ],
        [(10, "created", 1, None, None), (1, "unchanged", 5, None, "Old"), (11, "created", 2, None, None)],
    ),
    "twice, the last value stays": (
        [("a@x.co", None, "a@x.co", 6, ..., ...), ("a@x.co", None, "a@x.co", 7, ..., ...)],
        [(1, "updated", 6, None, "Old"), (1, "updated", 7, None, "Old")],
    ),
    "there and back": (
        [("a@x.co", None, "a@x.co", 6, ..., ...), ("a@x.co", None, "a@x.co", 5, ..., ...)],
        [(1, "updated", 6, None, "Old"), (1, "updated", 5, None, "Old")],
    ),
    "the second writes less": (
        [("a@x.co", None, "a@x.co", 6, ..., "New"), ("a@x.co", None, "a@x.co", ..., ..., ...)],
        [(1, "updated", 6, None, "New"), (1, "unchanged", 6, None, "New")],
    ),
    "the second clears": (
        [("a@x.co", None, "a@x.co", 6, ..., ...), ("a@x.co", None, "a@x.co", None, ..., ...)],
        [(1, "updated", 6, None, "Old"), (1, "updated", None, None, "Old")],
    ),
    "a new one twice, others between": (
        [("n", None, "n", 1, ..., ...), ("m", None, "m", 2, ..., ...), ("n", None, "n", 3, ..., ...)],
        [(10, "created", 1, None, None), (11, "created", 2, None, None), (10, "updated", 3, None, None)],
    ),
    "a new one twice the same": (
        [("n", None, "n", 1, ..., ...), ("n", None, "n", 1, ..., ...)],
        [(10, "created", 1, None, None), (10, "unchanged", 1, None, None)],
    ),
    "a linked company hides its attributes": (
        [("l@x.co", None, "l@x.co", 5, ..., "New")],
        [(2, "unchanged", 5, "Acme", "Old")],
    ),
    "the row's own link comes first": (
        [("a@x.co", None, "a@x.co", 5, "acme", "New")],
        [(1, "updated", 5, "Acme", "Old")],
    ),
    "a link that an earlier row wrote": (
        [("a@x.co", None, "a@x.co", 5, "acme", ...), ("a@x.co", None, "a@x.co", 6, ..., "New")],
        [(1, "updated", 5, "Acme", "Old"), (1, "updated", 6, "Acme", "Old")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_record_after_its_rows(name: str) -> None:
    rows, expected = CASES[name]
    plan = plan_of()
    stored = stored_records([ANN, LINKED], plan)
    joined = join_records(checked_rows(rows, plan), stored, plan)
    passed = check_match(joined, plan, MergeContext(10, links={LINK: {"acme": "Acme"}}))
    applied = number_new(apply_all(passed, plan), plan, 10)
    got = applied.select("id", "outcome", f"new_{SCORE}", f"new_{LINK}", f"new_{COMPANY}").rows()
    assert got == expected, f"{name}: rows {rows}"
