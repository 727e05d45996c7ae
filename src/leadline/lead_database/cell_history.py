"""What a record's chain says of its cells: who wrote which value, and whether it was taken back since.

A change set that takes another one back makes that one void in each cell that it wrote, unless it was
itself taken back. A chain is read from its newest link, so each link is judged when it is met.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from leadline.merging.record_chain import ChainLink
from leadline.model.changes import ChangeSet, What
from leadline.model.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class CellWrite:
    """A cell that a change set wrote, with its stored values; `undone` says that it was taken back since."""

    change_set: ChangeSet
    field: str
    old: Any
    new: Any
    row: int | None
    undone: bool


@dataclass(frozen=True, slots=True)
class Provenance:
    """Whose value a cell has.

    `write` is None where the log does not know: the value was written at the instant `before`, or earlier.
    `restored_by` is the change set that brought the value back.
    """

    write: CellWrite | None
    before: int | None
    restored_by: ChangeSet | None


def writes_of(links: Iterable[ChainLink], now: Mapping[str, Any]) -> Iterator[CellWrite]:
    """Yield each cell that the links of a chain wrote, newest first; `now` are the values of today.

    A creation keeps no values: what it gave a cell is what the next change found there.
    """
    values = dict(now)
    void: dict[str, set[int]] = {}
    for link in links:
        for field, old, new, row in _cells(link, values):
            taken_back = void.setdefault(field, set())
            undone = link.change_set.number in taken_back
            undoes = link.change_set.origin.undoes
            if undoes is not None and not undone:
                taken_back.add(undoes)
            yield CellWrite(link.change_set, field, old, new, row, undone)
            values[field] = old


def _cells(link: ChainLink, values: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any, int | None]]:
    change = link.change
    for field, row in change.given.items():
        yield field, None, values.get(field), row
    for field, cell in change.cells.items():
        yield field, cell.old, cell.new, cell.row


def provenance_of(
    links: Iterable[ChainLink], now: Mapping[str, Any], updated_at: int
) -> dict[str, Provenance]:
    """Return for each cell whose value it has.

    The defaults of a record that the log has seen made are its creation's.
    """
    reading = _Remembering(links)
    sources: dict[str, Provenance] = {}
    restored: dict[str, ChangeSet] = {}
    for write in writes_of(reading, now):
        if write.undone or write.field in sources:
            continue
        if write.change_set.origin.undoes is not None:
            restored.setdefault(write.field, write.change_set)
        else:
            sources[write.field] = Provenance(write, None, restored.get(write.field))
            if len(sources) == len(now):
                return sources
    last = reading.last
    for field, value in now.items():
        if field in sources:
            continue
        if last is not None and last.change.what is What.CREATED:
            made = CellWrite(last.change_set, field, None, value, last.change.row, undone=False)
            sources[field] = Provenance(made, None, restored.get(field))
        else:
            before = updated_at if last is None else last.change_set.at
            sources[field] = Provenance(None, before, restored.get(field))
    return sources


class _Remembering:
    """Passes links on, and knows the last of them."""

    def __init__(self, links: Iterable[ChainLink]) -> None:
        self._links = links
        self.last: ChainLink | None = None

    def __iter__(self) -> Iterator[ChainLink]:
        for link in self._links:
            self.last = link
            yield link
