"""A cell's undo, against a plain replay of every short history of writes and undos."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from leadline.engine.undo.cells import Fate, Verdict, decide_cell

LENGTH = 7


@dataclass(frozen=True)
class Step:
    """A change set that wrote the cell: which one it takes back, 0 for none, and the values around it."""

    number: int
    undoes: int
    old: int
    new: int


def histories(steps: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    """Yield every history: each step writes a value of its own, or takes back a set that is still in force."""
    yield steps
    if len(steps) == LENGTH:
        return
    number, value = len(steps) + 1, steps[-1].new if steps else 0
    yield from histories((*steps, Step(number, 0, value, number)))
    for each in steps:
        if may_be_taken_back(steps, each):
            yield from histories((*steps, Step(number, each.number, value, each.old)))


def is_in_force(steps: tuple[Step, ...], step: Step) -> bool:
    """Tell whether no set that is itself in force takes a set back."""
    return not any(each.undoes == step.number and is_in_force(steps, each) for each in steps)


def may_be_taken_back(steps: tuple[Step, ...], step: Step) -> bool:
    """Tell whether the cell holds what the set wrote, which is in force: each write has a value of its own."""
    return steps[-1].new == step.new and is_in_force(steps, step)


def verdict(steps: tuple[Step, ...], target: int, with_it: tuple[int, ...] = ()) -> Verdict:
    return decide_cell([each.number for each in steps], links(steps), target, with_it)


def links(steps: tuple[Step, ...]) -> Mapping[int, int]:
    return {each.number: each.undoes for each in steps if each.undoes}


def test_a_cell_is_taken_back_where_it_holds_what_the_set_wrote_and_nowhere_else() -> None:
    seen = 0
    for steps in histories():
        for each in steps:
            wanted = Fate.KEPT if is_in_force(steps, each) else Fate.SETTLED
            if may_be_taken_back(steps, each):
                wanted = Fate.REVERTED
            assert verdict(steps, each.number).fate is wanted, (steps, each)
            seen += 1
    assert seen > 1_500


def test_a_kept_cell_names_the_first_later_set_that_is_in_force_and_not_one_of_a_void_pair() -> None:
    for steps in histories():
        for each in steps:
            told = verdict(steps, each.number)
            later = [step for step in steps if step.number > each.number and is_in_force(steps, step)]
            claims = [step.number for step in later if step.undoes <= each.number]
            if told.fate is Fate.KEPT:
                assert told.by == [*claims, len(steps)][0], (steps, each)
            if told.fate is Fate.SETTLED:
                assert steps[told.by - 1].undoes == each.number
                assert is_in_force(steps, steps[told.by - 1])


def test_undoing_each_step_in_reverse_order_restores_the_first_value() -> None:
    for steps in histories():
        assert undone(steps, list(reversed(steps))) == 0, steps


def test_undoing_the_writes_alone_does_so_too_where_nothing_was_taken_back_twice() -> None:
    for steps in histories():
        targets = [each.undoes for each in steps if each.undoes]
        if len(set(targets)) == len(targets):
            writes = [each for each in reversed(steps) if not each.undoes and is_in_force(steps, each)]
            assert undone(steps, writes) == 0, steps


def undone(steps: tuple[Step, ...], targets: list[Step]) -> int:
    """Return what the cell holds once the steps are taken back one after the other."""
    now = steps
    for each in targets:
        assert verdict(now, each.number).fate is Fate.REVERTED, (steps, each)
        now = (*now, Step(len(now) + 1, each.number, now[-1].new, each.old))
    return now[-1].new if now else 0


def test_what_was_written_before_need_not_be_known() -> None:
    for steps in histories():
        for each in steps:
            whole, told = verdict(steps, each.number), verdict(steps[each.number - 1 :], each.number)
            if whole.fate is Fate.REVERTED and not each.undoes:
                assert told.fate is Fate.REVERTED, (steps, each)
            if told.fate is Fate.REVERTED:
                assert whole.fate is Fate.REVERTED, (steps, each)


def test_an_undo_of_several_sets_is_judged_as_if_they_were_taken_back_one_after_the_other() -> None:
    for steps in histories():
        for pair in ((1, 2), (1, 3), (2, 4), (1, 2, 3)):
            if pair[-1] > len(steps):
                continue
            now = steps
            for target in reversed(pair):
                told = verdict(now, target)
                assert verdict(steps, target, pair).fate is told.fate, (steps, target)
                if told.fate is Fate.REVERTED:
                    now = (*now, Step(len(now) + 1, target, now[-1].new, steps[target - 1].old))
