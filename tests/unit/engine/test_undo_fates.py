"""The fates of all cells of a change set, against one decision for each cell."""

import random

import polars as pl

from leadline.engine.undo.cells import Fate, Verdict, decide_cell
from leadline.engine.undo.fates import Target, fates_of_cells, fates_of_records
from leadline.model.changes import What

FIELDS = ("email", "title", "score")
Later = list[tuple[int, int, int, frozenset[str]]]
"""Of each later change: record, set, what, and the fields that it wrote."""


def later_table(later: Later) -> pl.DataFrame:
    rows = [
        {"id": record, "set": number, "what": what} | {f"set:{each}": each in wrote for each in FIELDS}
        for record, number, what, wrote in later
    ]
    types = {"id": pl.Int64, "set": pl.Int64, "what": pl.Int8} | {
        f"set:{each}": pl.Boolean for each in FIELDS
    }
    return pl.DataFrame(rows, schema=types)


def random_later(chance: random.Random, target: int) -> tuple[Later, dict[int, int]]:
    undoes = {number: chance.randint(target, number - 1) for number in (12, 13, 15)}
    later = [
        (record, number, What.UPDATED.value, frozenset(each for each in FIELDS if chance.random() < 0.5))
        for record in range(1, 9)
        for number in range(target + 1, 16)
        if chance.random() < 0.3
    ]
    chance.shuffle(later)
    return later, undoes


def one_cell(later: Later, record: int, field: str, target: Target) -> Verdict:
    sets = sorted(number for each, number, _, wrote in later if each == record and field in wrote)
    return decide_cell([target.number, *sets], target.undoes, target.number, target.with_it)


def test_each_cell_has_the_fate_that_its_own_sets_give_it() -> None:
    seen = set[Fate]()
    for seed in range(60):
        chance = random.Random(seed)
        later, undoes = random_later(chance, 10)
        target = Target(10, undoes, frozenset(chance.sample([11, 14], chance.randint(0, 2))))
        wrote = {record: [chance.random() < 0.8 for _ in FIELDS] for record in range(1, 10)}
        written = pl.DataFrame(
            {"id": list(wrote)}
            | {f"set:{each}": [row[n] for row in wrote.values()] for n, each in enumerate(FIELDS)}
        )
        fates = fates_of_cells(written, later_table(later), target)
        assert fates["id"].to_list() == list(wrote)
        for row in fates.iter_rows(named=True):
            for place, field in enumerate(FIELDS):
                if not wrote[row["id"]][place]:
                    assert row[f"fate:{field}"] is None
                    assert row[f"by:{field}"] is None
                    continue
                told = Verdict(Fate(row[f"fate:{field}"]), row[f"by:{field}"])
                assert told == one_cell(later, row["id"], field, target), (seed, row, field)
                seen.add(told.fate)
    assert seen == set(Fate)


def test_a_created_record_goes_where_each_of_its_cells_would() -> None:
    kept = 0
    for seed in range(60):
        later, undoes = random_later(random.Random(seed), 10)
        target = Target(10, undoes)
        ids = pl.Series("id", range(1, 10), pl.Int64)
        for row in fates_of_records(ids, later_table(later), target).iter_rows(named=True):
            cells = [one_cell(later, row["id"], field, target) for field in FIELDS]
            keepers = [each.by for each in cells if each.fate is Fate.KEPT]
            assert (row["fate"] == Fate.KEPT) is bool(keepers), (seed, row)
            if keepers:
                assert row["by"] == min(keepers), (seed, row)
                kept += 1
    assert kept > 20


def test_a_membership_that_came_and_went_since_is_free_once_both_are_undone() -> None:
    later: Later = [
        (1, 11, What.DELETED.value, frozenset()),
        (1, 12, What.CREATED.value, frozenset()),
        (2, 11, What.DELETED.value, frozenset()),
        (2, 13, What.CREATED.value, frozenset()),
    ]
    ids = pl.Series("id", [1, 2, 3], pl.Int64)
    fates = fates_of_records(ids, later_table(later), Target(10, {12: 11}))
    assert dict(zip(fates["id"], fates["fate"], strict=True)) == {
        1: Fate.REVERTED,
        2: Fate.KEPT,
        3: Fate.REVERTED,
    }
