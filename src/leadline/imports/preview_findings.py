"""What a preview has found, as its answers and pages tell it."""

from collections.abc import Mapping
from typing import Any

from leadline.model.dataclass import dataclass
from leadline.model.jobs import IssueKind, ReasonCount
from leadline.model.previews import Preview
from leadline.schema.exact_json import read_json


@dataclass(frozen=True, slots=True)
class FoundFile:
    """The file of a preview; `name` is the label that the client gave it."""

    name: str | None
    sha256: str | None
    bytes: int
    rows: int


@dataclass(frozen=True, slots=True)
class FoundColumn:
    """A column of the file and how many of its cells would do what.

    `field` is None where it is no field; `why` says of so many cells why they are ignored.
    """

    name: str
    field: str | None
    overwrites: int
    fills: int
    clears: int
    same: int
    failed: int
    ignored: int
    why: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class FoundMembers:
    """People whom the file brings into a list or program, and those who are there already."""

    added: int
    already_there: int


@dataclass(frozen=True, slots=True)
class KeptCount:
    """Why an undo would keep something of so many rows, and the first of them."""

    why: str
    rows: int
    first_row: int


@dataclass(frozen=True, slots=True)
class Findings:
    """What a file or an undo would do; `rows` are counted by outcome, in the order in which they are told.

    An import has `file`, `columns`, `reasons` and `members`, an undo `restored`, the cells that come back,
    and `kept`.
    """

    rows: Mapping[str, int]
    file: FoundFile | None = None
    columns: tuple[FoundColumn, ...] = ()
    reasons: tuple[ReasonCount, ...] = ()
    members: FoundMembers | None = None
    restored: int = 0
    kept: tuple[KeptCount, ...] = ()


def findings_of(preview: Preview) -> Findings | None:
    """Return what a preview has found, None where it is not made, or has lost it."""
    if preview.result is None:
        return None
    shown = read_json(preview.result)["shown"]
    if preview.wanted.undoes is not None:
        kept = tuple(KeptCount(each["why"], each["rows"], each["firstRow"]) for each in shown["kept"])
        return Findings(shown["rows"], restored=shown["cells"]["restored"], kept=kept)
    file, members = shown["file"], shown["members"]
    return Findings(
        shown["rows"],
        FoundFile(file["name"], file["sha256"], file["bytes"], file["rows"]),
        tuple(map(_column, shown["columns"])),
        tuple(map(_reason, shown["reasons"])),
        None if members is None else FoundMembers(members["added"], members["alreadyThere"]),
    )


def _column(shown: Mapping[str, Any]) -> FoundColumn:
    return FoundColumn(
        name=shown["column"],
        field=shown["field"],
        overwrites=shown["overwrites"],
        fills=shown["fills"],
        clears=shown["clears"],
        same=shown["same"],
        failed=shown["failed"],
        ignored=shown["ignored"],
        why=tuple((each["reason"], each["cells"]) for each in shown["why"]),
    )


def _reason(shown: Mapping[str, Any]) -> ReasonCount:
    kind = IssueKind(shown["kind"])
    return ReasonCount(kind, shown["reason"], shown["column"], shown["rows"], shown["firstRow"])
