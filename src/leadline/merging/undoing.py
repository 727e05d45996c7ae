"""A job that is taken back, and what taking back one of its change sets does."""

from collections.abc import Iterator, Mapping
from dataclasses import field

import polars as pl

from leadline.engine.undo.records import Judged
from leadline.merging.undo_assumed import Assumed
from leadline.model.changes import LIST_MEMBER, ChangeSet
from leadline.model.dataclass import dataclass
from leadline.model.jobs import Job
from leadline.schema.catalog import ObjectType


@dataclass(frozen=True, slots=True)
class Undoing:
    """A job that is taken back: which partitions are open, and which sets of the log take which back.

    `assumed` is what was foreseen of its newer change sets; it is empty where these are written.
    `lists_changes`: each cell that comes back is told.
    """

    original: Job
    opened: frozenset[int] | None
    undoes: Mapping[int, int]
    assumed: Assumed = field(default_factory=Assumed)
    lists_changes: bool = False


@dataclass(frozen=True, slots=True)
class JudgedType:
    """What becomes of records of one object type; `leads` are those of its leads, as deleting them wants."""

    object_type: ObjectType
    judged: Judged
    leads: pl.DataFrame | None = None


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """What taking a change set back does: to records, to members of programs, and to those of lists.

    `rows` has the outcome of each data row, `kept` a line for each cell or record that is kept, `changes`
    one for each cell that comes back, where that is asked.
    """

    change_set: ChangeSet
    records: tuple[JudgedType, ...]
    members: JudgedType | None
    lists: Judged | None
    rows: pl.DataFrame
    kept: pl.DataFrame
    changes: pl.DataFrame

    def all_judged(self) -> Iterator[tuple[str, Judged]]:
        """Yield what becomes of each object type, memberships too."""
        for each in (*self.records, *([self.members] if self.members else [])):
            yield each.object_type.name, each.judged
        if self.lists is not None:
            yield LIST_MEMBER, self.lists

    @property
    def takes_back(self) -> bool:
        """Whether anything would be written."""
        return any(each.takes_back for _, each in self.all_judged())
