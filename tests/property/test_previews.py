"""A preview judges a file as one chunk; wherever its import is cut, nothing else comes of it."""

import copy

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from leadline.engine.header import read_header
from leadline.errors import ServiceError
from leadline.model.jobs import FileFormat
from leadline.model.rules import Rules
from tests.forms import times
from tests.oracle import World
from tests.property.engine import run_engine
from tests.property.test_engine_equals_oracle import LEAD, REASONS, RULES, WORLDS, files, stored


@settings(max_examples=times(50, 1000, 100), suppress_health_check=list(HealthCheck))
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
