"""A preview in a worker's hands, and what it finds."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from leadline.config import Settings
from leadline.model.dataclass import dataclass
from leadline.model.previews import Preview
from leadline.store.base import Database
from leadline.store.report_files import PackedMarks


class NothingToForeseeError(Exception):
    """What was asked for would fail as a whole; the text says why."""


@dataclass(frozen=True, slots=True)
class PreviewTask:
    """A preview that is to be made: in which store, at which time of the subscription.

    `beat` shows that the worker lives, and raises `LostJobError` where the preview is to be given up; it is
    called between steps that take long.
    """

    munchkin_id: str
    database: Database
    preview: Preview
    settings: Settings
    now: int
    beat: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Findings:
    """What a preview has found.

    `result` is kept as JSON: `shown` is what its answer tells, and what else the files need stands beside
    that. `files` are blocks by name, and `marks` are of those whom they may name (`engine/erase.py`).
    `version` is that of the records that it was judged against, `rows` how many rows were judged.
    """

    result: Mapping[str, Any]
    files: Mapping[str, Iterable[bytes]]
    marks: PackedMarks
    version: int
    rows: int
