"""Control of the proofs: each rule that they rest on is broken in a copy of the program, and its test fails."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.crash.broken import broken
from tests.forms import LONG, repeats

pytestmark = repeats

ROOT = Path(__file__).parents[2]
TESTS_FAILED = 1
"""Exit code of pytest: tests ran, and some of them failed."""


@dataclass(frozen=True)
class Breach:
    """A rule, how the source is changed to break it, and the test that must notice."""

    rule: str
    file: str
    old: str
    new: str
    test: str
    times: int = 1

    def copy(self, folder: Path) -> dict[str, str]:
        """Copy the program with the rule broken; return the environment that runs the copy."""
        return broken(folder, self.file, self.old, self.new, self.times)


_CLAIMS, _SEATS = "tests/contract/store/test_claims.py", "tests/contract/store/test_admission.py"
_LOCK = """    batch_id = lock(session)
"""
_CHECKS = """    if purpose.is_import:
        refuse_same(session, request, origin)
    if request.list_id is not None and list_is_busy(session, request.list_id):
        raise ServiceError(LIST_BUSY)
"""
_COUNT = """    seat = _free_seat(session, queue) if purpose.is_import else None
"""

QUICK = (
    Breach(
        "a worker's moves name the job's token",
        "store/queries/jobs.sql",
        "status = 'Importing' AND token = :token",
        "status = 'Importing'",
        f"{_CLAIMS}::test_a_zombie_commits_nothing -k postgres",
        times=7,
    ),
    Breach(
        "a known store is never made anew",
        "store/migrate.py",
        "if known and version == 0:",
        "if False:",
        "tests/crash/test_damaged_stores.py::test_damaged_before_the_start -k postgres",
    ),
)
MORE = (
    Breach(
        "seats are counted after the lock",
        "store/admission.py",
        _LOCK + _CHECKS + _COUNT,
        _CHECKS + _COUNT + _LOCK,
        f"{_SEATS} -k postgres",
    ),
    Breach(
        "a chunk and its progress are one commit",
        "worker/commit_chunk.py",
        "        after = jobs.advance(session, job, progress)\n",
        '        session.run_built("COMMIT", {})\n'
        '        session.run_built("BEGIN", {})\n'
        "        after = jobs.advance(session, job, progress)\n",
        "tests/crash/test_kill_at_each_event.py::test_killed_once -k sqlite-ChunkWritten:2",
    ),
    Breach(
        "a chunk is applied only where the job stands",
        "store/jobs.py",
        'if row["next_row"] != next_row:',
        "if False:",
        f"{_CLAIMS}::test_a_chunk_is_not_applied_again_behind_a_late_commit",
    ),
    Breach(
        "a silent worker is killed",
        "worker/supervisor.py",
        "                    process.kill()\n",
        "                    pass\n",
        "tests/crash/test_frozen_worker.py::test_a_frozen_worker_is_replaced -k sqlite",
    ),
    Breach(
        "who is silent in the middle of a COPY is cut off",
        "worker/janitor.py",
        "if status is None and long_silent:",
        "if False:",
        "tests/nodes/test_frozen_node.py::test_a_node_asleep_in_the_middle_of_a_copy",
    ),
    Breach(
        "a frozen worker wakes when its server dies",
        "worker/process.py",
        "    _wake_when_the_server_dies()\n    worker",
        "    worker",
        "tests/crash/test_frozen_worker.py::test_a_frozen_worker_wakes_when_its_server_dies -k sqlite",
    ),
    Breach(
        "a full disk is no fault of the job",
        "store/sqlite_connection.py",
        "raise StoreFullError(text) from error",
        "raise StoreFaultError(text) from error",
        "tests/crash/test_full_disk.py::test_another_subscription_goes_on -k sqlite",
    ),
    Breach(
        "a batch id comes from the counter",
        "store/admission.py",
        'return int(locked["next_batch"])',
        'return int(session.built_rows("SELECT max(batch_id) + 1 AS id FROM {schema}.job", {})[0]["id"] or 1001)',
        "tests/crash/test_backup.py -k sqlite",
    ),
    Breach(
        "each row counts once",
        "store/migrations/sqlite/subscription/0001_start.sql",
        "CHECK (processed + failed = next_row - 1)",
        "CHECK (next_row > 0)",
        "tests/contract/store/test_job_counts.py -k sqlite",
    ),
    Breach(
        "outcomes are one enumeration",
        "model/records.py",
        '    FAILED = "failed"\n',
        '    FAILED = "failed"\n    SKIPPED = "skipped"\n',
        "tests/contract/store/test_job_counts.py::test_each_outcome_has_its_column",
    ),
    Breach(
        "no job ends before it began",
        "store/queries/jobs.sql",
        "CASE WHEN started_at > :now THEN started_at ELSE :now END",
        ":now",
        "tests/crash/test_clock_jumps.py::test_jumps_while_files_are_imported -k sqlite",
    ),
    Breach(
        "an import logs its changes",
        "worker/commit_chunk.py",
        "keeps_log=run.keeps_log",
        "keeps_log=False",
        "tests/contract/trust/test_history.py::test_imports_and_calls_are_told_with_who_made_them -k sqlite",
    ),
    Breach(
        "an apply is compared with what was shown",
        "worker/apply_preview.py",
        "    if drift.height:\n",
        "    if False:\n",
        "tests/contract/api/test_previews.py::test_what_changed_since_refuses_an_apply -k sqlite",
    ),
    Breach(
        "a cell that others have written since is kept",
        "engine/undo/cells.py",
        "if states[sets[-1]] == states[target]:",
        "if True:",
        "tests/contract/api/test_undo.py::test_a_cell_that_was_written_since_is_kept_and_the_writer_named -k sqlite",
    ),
    Breach(
        "a deleted person goes out of the change log",
        "merging/erasure.py",
        "    _erase_changes(session, lead_type, found)\n",
        "",
        "tests/edge/test_erasure.py::test_no_byte_is_left_in_the_embedded_store",
    ),
    Breach(
        "a key is taken by one request",
        "store/queries/request_keys.sql",
        "WHERE client_id = :client_id AND key_hash = :key_hash\n\n-- name: take_key",
        "WHERE client_id = :client_id AND key_hash = :key_hash AND 1 = 0\n\n-- name: take_key",
        "tests/contract/api/test_sent_again_with_a_key.py::test_each_kind_is_made_once -k sqlite",
    ),
)


@pytest.fixture(scope="module", autouse=True)
def store() -> str:
    """Each breach names the database itself."""
    return "sqlite"


@pytest.mark.parametrize("breach", QUICK + (MORE if LONG else ()), ids=lambda breach: breach.rule)
def test_a_broken_rule_is_noticed(breach: Breach, tmp_path: Path) -> None:
    """The test passes on the program as it is, as the suite shows; on the broken copy it fails."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CRASH_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n0", "-x", f"--basetemp={tmp_path / 'tmp'}", *breach.test.split()],
        cwd=ROOT,
        env=env | breach.copy(tmp_path),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == TESTS_FAILED, done.stdout[-3000:] + done.stderr[-3000:]


@pytest.mark.parametrize("breach", QUICK + MORE, ids=lambda breach: breach.rule)
def test_each_rule_is_where_the_controls_seek_it(breach: Breach, tmp_path: Path) -> None:
    """The long controls are not run each time; that they can be is."""
    assert breach.copy(tmp_path)
