"""Dirty files: each preview is what the import then does, to the byte and cell by cell."""

from collections.abc import Iterator

import pytest

from tests.conftest import storing
from tests.edge.foreseen import (
    MOMENTS,
    Cells,
    cells_of,
    changes_of_last_job,
    expected,
    file_of,
    foreseen,
    net_changes,
    table_of,
    without_defaults,
)
from tests.edge.test_corpus import DATABASES, MANY_JOBS, UPLOADS
from tests.edge.three_kinds import DOCUMENT, Upload, play
from tests.forms import LONG, only_long
from tests.harness import Server, start_server

FILES = [upload for upload, _ in UPLOADS][:: 1 if LONG else 11]
"""Each eleventh in the other forms: names, kinds of record and formats come in turns of two and three."""


@pytest.fixture(scope="module", params=DATABASES)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server into which the files come one after the other."""
    for _ in storing(request.param, in_process=True):
        server = start_server(tmp_path_factory.mktemp("foreseen") / "data", DOCUMENT, env=MANY_JOBS)
        yield server
        server.stop()


@only_long("postgres")
def test_each_preview_is_what_the_import_does(server: Server) -> None:
    """Refused with the same code, failed with the same message; else the same files, rows and cells."""
    compared = 0
    for upload in FILES:
        code, preview = foreseen(server, upload)
        before = cells_of(server, upload.into)
        (answer,) = play(server, [upload])
        after = cells_of(server, upload.into)
        case = (upload.name, upload.into, upload.format.value)
        if code:
            assert (case, code) == (case, answer.outcome)
            continue
        if preview["status"] == "Failed":
            assert (case, before) == (case, after)
            assert (case, preview["message"], answer.ledger) == (case, preview["message"], [])
            continue
        compared += 1
        _compare(server, upload, preview, answer.ledger, before, after)
        told = [file_of(server, preview, name) for name in ("failures", "warnings")]
        assert (case, told) == (case, [answer.failures, answer.warnings])
        rows = preview["rows"]
        assert (case, rows["warned"]) == (case, answer.warned)
        done = rows["created"] + rows["updated"] + rows["unchanged"]
        assert (case, f"{done}+{rows['failed']}") == (case, answer.outcome)
    assert compared > len(FILES) / 2


def _compare(
    server: Server,
    upload: Upload,
    preview: dict[str, object],
    ledger: list[list[str]],
    before: Cells,
    after: Cells,
) -> None:
    case = (upload.name, upload.into, upload.format.value)
    rows = table_of(file_of(server, preview, "rows"))
    assert (case, [[*row[:2], *row[3:]] for row in rows]) == (
        case,
        [[*line[:2], *line[3:]] for line in ledger],
    )
    ids = {line[0]: line[2] for line in ledger}
    for row in rows:
        assert row[2] in ("", ids[row[0]]), case
    told = table_of(file_of(server, preview, "changes"))
    assert (case, net_changes(told, ids)) == (case, net_changes(changes_of_last_job(server), ids))
    changes = [line for line in told if line[3] not in MOMENTS]
    wanted = expected({k: v for k, v in before.items() if k[1] not in MOMENTS}, changes, ids)
    found = {key: text for key, text in after.items() if key[1] not in MOMENTS}
    assert (case, without_defaults(wanted, before)) == (case, without_defaults(found, before))
