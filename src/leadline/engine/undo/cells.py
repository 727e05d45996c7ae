"""What becomes of one cell when a change set that wrote it is taken back.

It follows from the numbers of the sets that wrote the cell alone. Each leads the cell from one state to
another: a write to a state of its own, an undo back to the state before the set that it took back. A set can
be taken back where the cell is in the state to which it led. So undoing in reverse order always goes through,
and so does the undo of an undo.
"""

from collections.abc import Collection, Mapping, Sequence
from enum import IntEnum

from leadline.model.dataclass import dataclass


class Fate(IntEnum):
    """What an undo does to a cell."""

    REVERTED = 0
    KEPT = 1
    SETTLED = 2
    """It was taken back before, and is not taken back again."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a cell, and by which set: the one that keeps it, or that has taken it back before."""

    fate: Fate
    by: int = 0


def decide_cell(
    sets: Sequence[int], undoes: Mapping[int, int], target: int, with_it: Collection[int] = ()
) -> Verdict:
    """Decide a cell when `target` is taken back.

    `sets` are those that wrote it, from `target` on at least, by ascending number; `undoes` tells of a
    set which one it takes back. `with_it` are those that the same undo takes back before.
    """
    written, links = list(sets), dict(undoes)
    for each in sorted(with_it, reverse=True):
        if each > target and each in written and _verdict(written, links, each).fate is Fate.REVERTED:
            written.append(written[-1] + 1)
            links[written[-1]] = each
    return _verdict(written, links, target)


def _verdict(sets: Sequence[int], undoes: Mapping[int, int], target: int) -> Verdict:
    taken_back = dict[int, int]()
    for each in reversed(sets):
        if each in undoes and each not in taken_back:
            taken_back[undoes[each]] = each
    if target in taken_back:
        return Verdict(Fate.SETTLED, taken_back[target])
    states = _states(sets, undoes)
    if states[sets[-1]] == states[target]:
        return Verdict(Fate.REVERTED)
    claims = (each for each in sets if each > target and each not in taken_back)
    return Verdict(Fate.KEPT, next((each for each in claims if undoes.get(each, 0) <= target), sets[-1]))


def _states(sets: Sequence[int], undoes: Mapping[int, int]) -> dict[int, int]:
    """Return the state to which each set led the cell: the set that wrote it, 0 or less for older ones."""
    before, after = dict[int, int](), dict[int, int]()
    now = 0
    for each in sets:
        before[each], undone = now, undoes.get(each)
        now = each if undone is None else before.get(undone, -undone)
        after[each] = now
    return after
