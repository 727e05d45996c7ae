"""What a chunk writes and reports, case by case: each record once, each row with its outcome (contract §3.6)."""

import pytest

from leadline.engine.decide import decide
from leadline.engine.match_rules import MergeContext
from leadline.model.records import Action
from tests.unit.engine.frames import EMAIL, LINK, SCORE, checked_rows, plan_of, stored_records

ANN = ("a@x.co", 1, 100, 1, "A@x.co", 5, None, None)
BOB = ("b@x.co", 3, 100, 1, "b@x.co", 5, None, None)

CASES: dict[str, tuple[list[object], list[object], list[object], list[object], int]] = {
    # name: rows, (outcome, id, reason) of each, inserts, updates as (id, e-mail, score), next id
    "nothing": ([], [], [], [], 10),
    "all fail": (
        [("a@x.co", "Bad", None, None, ..., ...)],
        [("failed", None, "Bad")],
        [],
        [],
        10,
    ),
    "one of each": (
        [
            ("n", None, "n", 1, ..., ...),
            ("x", "Bad", None, None, ..., ...),
            ("b@x.co", None, "b@x.co", 6, ..., ...),
            ("a@x.co", None, "A@x.co", 5, ..., ...),
        ],
        [("created", 10, None), ("failed", None, "Bad"), ("updated", 3, None), ("unchanged", 1, None)],
        [(10, "n", 1)],
        [(3, "b@x.co", 6)],
        11,
    ),
    "a record that many rows write is written once": (
        [("n", None, "n", 1, ..., ...), ("n", None, "N", 2, ..., ...), ("n", None, "n", ..., ..., ...)],
        [("created", 10, None), ("updated", 10, None), ("updated", 10, None)],
        [(10, "n", 2)],
        [],
        11,
    ),
    "there and back writes the record": (
        [("b@x.co", None, "b@x.co", 6, ..., ...), ("b@x.co", None, "b@x.co", 5, ..., ...)],
        [("updated", 3, None), ("updated", 3, None)],
        [],
        [(3, "b@x.co", 5)],
        10,
    ),
    "the spelling of a key is a value": (
        [("a@x.co", None, "a@X.co", 5, ..., ...)],
        [("updated", 1, None)],
        [],
        [(1, "a@X.co", 5)],
        10,
    ),
    "a link to nobody fails its row alone": (
        [("n", None, "n", 1, "nobody", ...), ("m", None, "m", 2, ..., ...)],
        [("failed", None, "ExternalCompanyID not found"), ("created", 10, None)],
        [(10, "m", 2)],
        [],
        11,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_chunk_is_decided_so(name: str) -> None:
    rows, outcomes, inserts, updates, next_id = CASES[name]
    plan = plan_of()
    checked = checked_rows(rows, plan)
    got = decide(checked, stored_records([ANN, BOB], plan), plan, MergeContext(10, links={LINK: {}}))
    assert got.rows.select("outcome", "id", "reason").rows() == outcomes, f"{name}: rows {rows}"
    assert got.rows["row"].to_list() == list(range(1, len(rows) + 1)), name
    for table, expected in ((got.inserts, inserts), (got.updates[0], updates)):
        written = [(each["id"], each[EMAIL], each[SCORE]) for each in table.to_pylist()]
        assert written == expected, f"{name}: rows {rows}"
    assert got.next_id == next_id, name


def test_a_new_record_has_its_folded_key_and_a_found_one_keeps_its_own() -> None:
    plan = plan_of()
    rows = [("new@x.co", None, "New@X.co", 1, ..., ...), ("a@x.co", None, "a@x.co", 1, ..., ...)]
    got = decide(
        checked_rows(rows, plan), stored_records([ANN], plan), plan, MergeContext(10, links={LINK: {}})
    )
    assert got.inserts.column("k_email").to_pylist() == ["new@x.co"]
    assert "k_email" not in got.updates[0].column_names


def test_a_duplicate_has_the_key_of_its_value_and_not_of_its_row() -> None:
    plan = plan_of(action=Action.CREATE_DUPLICATE, call=True)
    rows = [(str(number), None, email, 1, ..., ...) for number, email in enumerate(["A@x.co", "a@x.co"], 1)]
    got = decide(checked_rows(rows, plan), stored_records([], plan), plan, MergeContext(10, links={LINK: {}}))
    assert got.inserts.column("k_email").to_pylist() == ["a@x.co", "a@x.co"]
