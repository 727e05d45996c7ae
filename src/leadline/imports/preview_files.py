"""Use case: the files of previews, and what of them a caller may see.

Lines of records in partitions that are closed to the caller show neither id nor cell; the counts of a
preview have them all the same.
"""

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from leadline.errors import StoreFaultError
from leadline.imports.files import JobFile, around_issues
from leadline.merging.targets import open_partitions
from leadline.model.callers import Caller
from leadline.model.dataclass import dataclass
from leadline.model.jobs import ImportRequest, IssueKind, JobKind
from leadline.model.previews import Preview
from leadline.schema.exact_json import read_json
from leadline.schema.leads import LEAD
from leadline.schema.types import Storage
from leadline.store import catalog, report_files, reports
from leadline.store.base import Database, Session
from leadline.store.directory import Stores

if TYPE_CHECKING:
    import pyarrow as pa

_HIDDEN_ID = "id"


@dataclass(frozen=True, slots=True)
class _Table:
    """A file that is made of tables: its columns, and whether a hidden record's line stays without its id."""

    columns: tuple[str, ...]
    keeps_line: bool = False

    @property
    def titles(self) -> bytes:
        """The first line."""
        return f"{','.join(self.columns)}\n".encode()


TABLES = {
    "changes": _Table(("row", "id", "key", "field", "old", "new")),
    "rows": _Table(("row", "outcome", "id", "reason"), keeps_line=True),
    "kept": _Table(("row", "id", "field", "now", "would_be", "why", "by", "at")),
    "faults": _Table(("row", "column", "value", "reason")),
    "drift": _Table(("row", "field", "planned_old", "planned_new", "now_old", "now_new")),
}


@dataclass(frozen=True, slots=True)
class FirstLines:
    """The first lines of one of the files of `TABLES`, each by its columns, and whether there are more.

    Lines that a caller may not see are not among them.
    """

    lines: list[dict[str, str | int | None]]
    has_more: bool


ISSUES = {"failures": IssueKind.FAILURE, "warnings": IssueKind.WARNING}


class PreviewFiles:
    """Reads back what previews have found; None where there is no such file."""

    def __init__(self, stores: Stores, *, escapes_formulas: bool) -> None:
        self._stores = stores
        self._escapes_formulas = escapes_formulas

    def issues(self, caller: Caller, preview: Preview, issue: IssueKind) -> JobFile | None:
        """Return the failure or warning file that the import will give, None where it will give none."""
        file, found = preview.wanted.file, read_json(preview.result or "{}")
        if file is None or not found:
            return None
        name, unlisted = f"{issue.value}s", found["unlisted"][issue.value]
        database = self._stores.subscription(caller.munchkin_id)
        parts = _parts(database, preview.preview_id, name)
        if not parts and not unlisted:
            return None
        titles, note = around_issues(file.header, preview.wanted.request.file_format, issue, unlisted)
        blocks = _blocks(database, preview.preview_id, name, parts)
        pieces = chain.from_iterable(map(reports.unpacked, blocks))
        return JobFile(chain([titles], pieces, [note] if note else []), None)

    def table(self, caller: Caller, request: ImportRequest, owner: str, name: str) -> JobFile:
        """Return one of the files of `TABLES`, the records of a `request`; `owner` has its blocks."""
        table, database = TABLES[name], self._stores.subscription(caller.munchkin_id)
        parts = _parts(database, owner, name)
        blocks = _blocks(database, owner, name, parts)
        pieces = (piece for block in blocks for piece in self._lines(database, caller, request, table, block))
        return JobFile(chain([table.titles], pieces), None)

    def first_lines(
        self, caller: Caller, request: ImportRequest, owner: str, name: str, limit: int
    ) -> FirstLines:
        """Return the first lines of one of the files of `TABLES`; no more blocks are read than they take."""
        table, database = TABLES[name], self._stores.subscription(caller.munchkin_id)
        found: list[dict[str, str | int | None]] = []
        for block in _blocks(database, owner, name, _parts(database, owner, name)):
            rows = _seen(database, caller, request, table, block)
            found += rows.select(list(table.columns)).slice(0, limit + 1 - len(found)).to_pylist()
            if len(found) > limit:
                break
        return FirstLines(found[:limit], len(found) > limit)

    def has(self, caller: Caller, owner: str, name: str) -> bool:
        """Tell whether a file has any lines."""
        return bool(_parts(self._stores.subscription(caller.munchkin_id), owner, name))

    def _lines(
        self, database: Database, caller: Caller, request: ImportRequest, table: _Table, block: bytes
    ) -> Iterator[bytes]:
        from leadline.engine.report_blocks import csv_lines

        rows = _seen(database, caller, request, table, block)
        yield from csv_lines(rows, table.columns, escapes_formulas=self._escapes_formulas)


def _seen(
    database: Database, caller: Caller, request: ImportRequest, table: _Table, block: bytes
) -> "pa.Table":
    """Return what a caller may see of a block."""
    from leadline.engine.given_cells import told_apart
    from leadline.engine.report_blocks import unpack_block

    rows = unpack_block(block)
    if table is TABLES["changes"]:
        rows = told_apart(rows)
    if "record" in rows.column_names and request.kind is not JobKind.OBJECT:
        with database.read() as session:
            opened = open_partitions(caller, catalog.partitions(session))
            if opened is not None:
                return _visible(session, rows, opened, request.partition_scope.home, table)
    return rows


def _visible(
    session: Session, rows: "pa.Table", opened: frozenset[int], home: int, table: _Table
) -> "pa.Table":
    """Return the lines of people in open partitions; new people are where the request puts them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    people = pc.unique(rows["record"].combine_chunks()).drop_null()
    found = session.match(LEAD, "id", {"partition_id": Storage.INTEGER}, people, {})
    is_open = pc.is_in(found["partition_id"], value_set=pa.array(sorted(opened), pa.int64()))
    seen = pc.cast(found["key"].filter(is_open), pa.int64())
    known = pc.is_in(rows["record"], value_set=seen.combine_chunks())
    may_see = pc.if_else(pc.is_null(rows["record"]), pa.scalar(home in opened), known)
    if not table.keeps_line:
        return rows.filter(may_see)
    shown = pc.if_else(may_see, rows[_HIDDEN_ID], pa.scalar(None, rows[_HIDDEN_ID].type))
    return rows.set_column(rows.column_names.index(_HIDDEN_ID), _HIDDEN_ID, shown)


def _parts(database: Database, owner: str, name: str) -> list[int]:
    with database.read_once() as session:
        return report_files.parts(session, owner, name)


def _blocks(database: Database, owner: str, name: str, parts: list[int]) -> Iterator[bytes]:
    """Yield the blocks, each read in a transaction of its own when the one before it was sent."""
    for part in parts:
        with database.read_once() as session:
            block = report_files.block(session, owner, name, part)
        if block is None:
            raise StoreFaultError("a preview expired while its file was read")
        yield block
