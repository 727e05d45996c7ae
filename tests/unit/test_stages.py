"""Who leaves a pipeline waits for the steps that are under way, not for where they would lead."""

import threading
from collections.abc import Iterable, Iterator

import pytest

from leadline.worker.stages import Stages
from leadline.worker.turns import never


class Line:
    """Three stages over numbers; `done` has what each stage began. The first one waits before a number."""

    def __init__(self, numbers: int, waits_before: int) -> None:
        self.done: dict[str, list[int]] = {"read": [], "matched": [], "decided": []}
        self.may_go_on, self.waits = threading.Event(), threading.Event()
        self._numbers, self._waits_before = numbers, waits_before

    def read(self) -> Iterator[int]:
        """Make the numbers."""
        for number in range(1, self._numbers + 1):
            if number == self._waits_before:
                self.waits.set()
                self.may_go_on.wait(30)
            self.done["read"].append(number)
            yield number

    def then(self, stage: str, numbers: Iterable[int]) -> Iterator[int]:
        """Take each number a stage further."""
        for number in numbers:
            self.done[stage].append(number)
            yield number

    def stages(self) -> tuple[Stages, Iterator[int]]:
        """Return the stages, and the last one before it works ahead."""
        stages = Stages()
        return stages, self.then("decided", stages.ahead(self.then("matched", stages.ahead(self.read()))))


def test_all_items_in_order() -> None:
    line = Line(50, 0)
    stages, decided = line.stages()
    assert list(stages.last(decided, never)) == list(range(1, 51))


def test_who_leaves_while_an_item_is_made_ends_it_there() -> None:
    """The third number is being read when somebody leaves: it is matched and decided no more."""
    line = Line(50, 3)
    stages, decided = line.stages()

    def leaves() -> bool:
        if not line.waits.is_set() or len(seen) < 2:
            return False
        threading.Timer(0.3, line.may_go_on.set).start()
        return True

    seen = list[int]()
    for number in stages.last(decided, leaves):
        seen.append(number)
    assert (seen, line.done) == ([1, 2], {"read": [1, 2, 3], "matched": [1, 2], "decided": [1, 2]})


def test_who_stops_asking_ends_it_as_well() -> None:
    line = Line(50, 3)
    stages, decided = line.stages()
    items = stages.last(decided, never)
    assert [next(items), next(items)] == [1, 2]
    line.waits.wait(30)
    threading.Timer(0.3, line.may_go_on.set).start()
    items.close()
    assert line.done == {"read": [1, 2, 3], "matched": [1, 2], "decided": [1, 2]}


def test_an_error_of_a_stage_reaches_who_asks() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise LookupError("of a stage")

    stages = Stages()
    items = stages.last(stages.ahead(broken()), never)
    assert next(items) == 1
    with pytest.raises(LookupError, match="of a stage"):
        next(items)
