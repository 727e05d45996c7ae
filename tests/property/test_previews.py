"""A preview judges a file as one chunk; wherever its import is cut, nothing else comes of it."""

import copy
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from leadline.engine.header import read_header
from leadline.errors import ServiceError
from leadline.model.jobs import FileFormat
from leadline.model.rules import Rules
from leadline.schema.exact_json import write_json
from tests.forms import times
from tests.oracle import Import, Record, RowResult, World
from tests.oracle_cells import Row, records_of
from tests.property.engine import run_engine
from tests.property.test_engine_equals_oracle import LEAD, REASONS, RULES, WORLDS, files, stored


@settings(max_examples=times(5, 1000, 12), suppress_health_check=list(HealthCheck))
@given(files(), RULES, WORLDS, st.integers(1, 60))
def test_a_preview_is_what_the_import_does(
    upload: tuple[bytes, FileFormat, str], rules: Rules, world: World, chunk_bytes: int
) -> None:
    """Rows, files, each changed cell, its counts, and every fault; ids of new people too."""
    file, file_format, lookup = upload
    try:
        header = read_header([file], file_format)
    except ServiceError:
        assume(False)
    assume(all(name == "" or name.lower() in REASONS or LEAD.field(name) for name in header.cells))
    worlds = [copy.deepcopy(world) for _ in range(2)]
    imported, foreseen = (
        run_engine(file, LEAD, lookup, rules, own, file_format, chunk_bytes, whole=whole)
        for own, whole in zip(worlds, (False, True), strict=True)
    )
    assert stored(worlds[0]) == stored(worlds[1])
    assert imported.rows == foreseen.rows
    assert (imported.failures, imported.warnings) == (foreseen.failures, foreseen.warnings)
    assert sorted(imported.cells, key=str) == sorted(foreseen.cells, key=str)
    assert imported.effects == foreseen.effects
    assert imported.faults == foreseen.faults
    first: dict[object, object] = {}
    for row, _, reason in foreseen.faults:
        first.setdefault(row, reason)
    assert first == {row[0]: row[3] for row in foreseen.rows if row[1] == "failed"}


class ForeseeingImport(Import):
    """The oracle's import, which notes what each row changes and all that is wrong with its cells."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.cells: list[tuple[int, str, object, object]] = []
        self.faults: dict[int, list[str]] = {}
        self._row = 0

    def one(self, number: int, row: Row, first_width: int) -> RowResult:
        """Import one row."""
        self._row = number
        return super().one(number, row, first_width)

    def judge_cells(self, cells: list[str]) -> tuple[list[str], list[str], Record]:
        """Note the reasons, of which the import tells the first alone."""
        reasons, warnings, writes = super().judge_cells(cells)
        self.faults[self._row] = list(reasons)
        return reasons, warnings, writes

    def write(self, matches: list[int], writes: Record) -> tuple[str, int]:
        """Note the cells that change; a row that makes a record changes each that it gives a value but its default."""
        given, before = dict(writes), dict(self.world.people[matches[0]]) if matches else {}
        outcome, lead_id = super().write(matches, writes)
        after = self.world.people[lead_id]
        for each in self.lead.fields:
            old, new = before.get(each.column), after.get(each.column)
            made = (
                not matches
                and given.get(each.column) not in (None, each.default)
                and given[each.column] == new
            )
            if made or (matches and old != new and each.column != "updated_at"):
                self.cells.append((self._row, each.name, old, new))
        return outcome, lead_id


@settings(max_examples=times(12, 1000, 40), suppress_health_check=list(HealthCheck))
@given(files(), RULES, WORLDS)
def test_a_preview_is_what_the_oracle_foresees(
    upload: tuple[bytes, FileFormat, str], rules: Rules, world: World
) -> None:
    """Each cell that changes, with its old and new value, and every fault of a cell."""
    file, file_format, lookup = upload
    try:
        header = read_header([file], file_format)
    except ServiceError:
        assume(False)
    assume(all(name == "" or name.lower() in REASONS or LEAD.field(name) for name in header.cells))
    key = LEAD.field(lookup)
    assert key is not None
    theirs, ours = copy.deepcopy(world), copy.deepcopy(world)
    oracle = ForeseeingImport(LEAD, key, rules, list(header.cells), theirs)
    oracle.run(records_of(file[header.size :].decode(), file_format.delimiter))
    found = run_engine(file, LEAD, lookup, rules, ours, file_format, 1 << 20, whole=True)
    wanted = [(row, name, text_of(name, old), text_of(name, new)) for row, name, old, new in oracle.cells]
    assert sorted(found.cells, key=str) == sorted(wanted, key=str)
    failed = {row[0] for row in found.rows if row[1] == "failed"}
    for row, reasons in oracle.faults.items():
        told = [reason for number, _, reason in found.faults if number == row]
        if row in failed:
            assert not Counter(reasons) - Counter(told), (row, reasons, told)


def text_of(name: str, value: object) -> str | None:
    """Return a stored value as a preview shows it: as JSON has it, without quotes."""
    field = LEAD.field(name)
    assert field is not None
    shown = None if value is None else field.type.render(value)
    return shown if shown is None or isinstance(shown, str) else write_json(shown)
