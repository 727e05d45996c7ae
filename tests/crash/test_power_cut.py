"""The power goes while files are uploaded and imported: what was answered is there afterwards."""

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.crash.broken import broken
from tests.crash.disks import Disk, disk_of
from tests.crash.evidence import content_of
from tests.crash.machine import PATIENCE_SECONDS, Machine, check, job_faults, post, small_rows
from tests.crash.proof import Proof
from tests.forms import only_long, repeats, times
from tests.harness import Server, until

ROWS = 60
CLIENTS = 3
CUTS = {"sqlite": times(2, 500), "postgres": times(1, 100)}
UNDOS_CUT, ROWS_TAKEN_BACK = times(1, 10), 2000
CHECK_EACH = times(1, 5)
FEW = {"LEADLINE_LIMITS__JOBS_QUEUED_MAX": "4"}
"""Unfinished jobs, so that a cut leaves little to wait for."""
CONTROL_CUTS_MAX = 10


@pytest.fixture
def disk(store: str) -> Iterator[Disk]:
    """A disk that may lose its power."""
    if store not in CUTS:
        pytest.skip("the disk of a given server is not ours to cut off")
    yield from disk_of(times(512, 4096))


@pytest.fixture
def machine(disk: Disk) -> Iterator[Machine]:
    """A machine on that disk."""
    machine = Machine(disk)
    yield machine
    machine.close()


class Clients:
    """Clients that post one file after the other, each on its thread, and note what they were answered.

    Of every other one the upload is a file of its own on the embedded store.
    """

    def __init__(self) -> None:
        self._files = itertools.count()
        self.answered: dict[int, int] = {}
        """Batch ids of this round, each with the file it was the answer to."""
        self.twice: list[int] = []
        self._threads: list[threading.Thread] = []

    def start(self, server: Server) -> None:
        """Begin to post, until the server is gone."""
        self.answered = {}
        self._threads = [threading.Thread(target=self._post, args=(server,)) for _ in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait until all have noticed."""
        for thread in self._threads:
            thread.join()

    def _post(self, server: Server) -> None:
        for file in self._files:
            try:
                while not (body := post(server, file, ROWS, wide=file % 2 == 1))["success"]:
                    if body["errors"][0]["code"] != "1016":
                        return
            except (httpx.HTTPError, AssertionError):
                return
            batch_id = int(body["result"][0]["batchId"])
            if batch_id in self.answered:
                self.twice.append(batch_id)
            self.answered[batch_id] = file


def _jobs(server: Server) -> dict[int, dict[str, Any]]:
    """Return all jobs of the store by their batch ids."""
    jobs: list[dict[str, Any]] = server.get("/leadline/v1/jobs.json")["result"]
    return {job["batchId"]: job for job in jobs}


@repeats("postgres", "given")
def test_power_cut(machine: Machine, store: str, proof: Proof) -> None:
    """P1, P2, P3, P6: clients post while a worker imports; at a moment of chance the disk takes nothing
    more, not even what the file system had in mind, and all processes are gone. After each cut the store
    is sound, each batch id that was ever answered is known, its job ends Complete, each row applied once
    and told once; no batch id is given twice.

    An answer counts when it came before the cut began: a kernel may report a sync that overlaps the cut
    as done and drop what was synced. A job whose answer came later need not be there, but if it is there
    it is whole like any other.
    """
    clients, kept, twice = Clients(), dict[int, int](), set[int]()
    before = late = busy = 0
    server = machine.start(env=FEW)
    for cut in range(CUTS[store]):
        clients.start(server)
        until(lambda: clients.answered)
        threading.Event().wait(proof.chance.uniform(0.0, 0.6))
        answered = dict(clients.answered)
        machine.lose_power(server)
        clients.join()
        machine.power_up()
        faults = machine.faults({}, ROWS) if cut % CHECK_EACH == 0 else []
        server = machine.start(env=FEW)
        jobs = _jobs(server)
        assert answered.keys() - jobs.keys() == set()
        there = {batch_id: file for batch_id, file in clients.answered.items() if batch_id in jobs}
        busy += any(job["status"] != "Complete" for job in jobs.values())
        faults += [fault for batch_id in there for fault in job_faults(server, batch_id, ROWS)]
        assert faults == []
        twice |= kept.keys() & there.keys()
        before, late = before + len(answered), late + len(clients.answered) - len(answered)
        kept |= there
    jobs = _jobs(server)
    assert kept.keys() - jobs.keys() == set()
    assert [batch_id for batch_id in jobs if server.finish(batch_id)["status"] != "Complete"] == []
    assert (clients.twice, twice) == ([], set())
    assert server.stop() == 0
    assert machine.faults(kept, ROWS) == []
    figures = {"answered": before, "answered_during_a_cut": late, "cut_while_busy": busy}
    proof.note(cuts=CUTS[store], **figures, jobs=len(jobs), lost=0)


def _ended(server: Server, batch_id: int) -> dict[str, Any]:
    """Wait for the end of a job."""

    def look() -> dict[str, Any] | None:
        job = _jobs(server)[batch_id]
        return job if job["finishedAt"] else None

    return until(look, PATIENCE_SECONDS)


@only_long
def test_power_cut_while_a_job_is_taken_back(machine: Machine, store: str, proof: Proof) -> None:
    """P1, P2, P11: the undo was answered, so it is there, ends, and has taken back each row once."""
    server, busy = machine.start(), 0
    for cut in range(UNDOS_CUT):
        people = small_rows(cut, ROWS_TAKEN_BACK)
        batch_id = server.submit(content_of(people))
        assert server.finish(batch_id, PATIENCE_SECONDS)["status"] == "Complete"
        undo_id = server.call("POST", f"/leadline/v1/jobs/{batch_id}/undo.json").json()["result"][0][
            "batchId"
        ]
        threading.Event().wait(proof.chance.uniform(0.0, 0.6))
        machine.lose_power(server)
        machine.power_up()
        server = machine.start()
        busy += _jobs(server)[undo_id]["status"] != "Complete"
        undo = _ended(server, undo_id)
        assert (undo["status"], undo["deleted"], undo["processed"]) == ("Complete", len(people), len(people))
        told = [line.split(",")[:2] for line in server.ledger(undo_id)]
        assert told == [[str(row), "deleted"] for row in range(1, len(people) + 1)]
        assert server.lead("email", people[0].email, "id") == []
    assert server.stop() == 0
    check(machine.data, machine.url)
    proof.note(cuts=UNDOS_CUT, cut_while_busy=busy, lost=0)


@repeats
def test_control_an_upload_that_is_not_synced_is_lost(machine: Machine, store: str, tmp_path: Path) -> None:
    """The control: where a commit does not wait for the file of an upload, its job is there and cannot be imported."""
    if store != "sqlite":
        pytest.skip("a database's server has no such files")
    env = broken(
        tmp_path, "store/upload_files.py", "            os.fsync(descriptor)\n", "            pass\n"
    )
    for _ in range(CONTROL_CUTS_MAX):
        server = machine.start(workers=0, env=env)
        batch_id = int(post(server, 0, ROWS, wide=True)["result"][0]["batchId"])
        machine.lose_power(server)
        machine.power_up()
        server = machine.start(env=env)
        status = server.finish(batch_id, PATIENCE_SECONDS)
        assert server.stop() == 0
        if status["status"] == "Failed":
            assert "missing or damaged" in status["message"]
            return
    pytest.fail("no upload was ever lost: the proof cannot see what it is for")


@repeats
def test_control_a_log_that_is_not_synced_loses(machine: Machine, store: str, tmp_path: Path) -> None:
    """The control: where a commit does not wait for the disk (SQLite's NORMAL in a copy of the program,
    PostgreSQL's fsync switched off under the running server), the same proof finds answered jobs missing.
    """
    env = {}
    if store == "sqlite":
        env = broken(tmp_path, "store/sqlite.py", "synchronous = FULL", "synchronous = NORMAL")
    for _ in range(CONTROL_CUTS_MAX):
        server = machine.start(workers=0, env=env)
        if machine.cluster is not None:
            machine.cluster.run("ALTER SYSTEM SET fsync = off")
            machine.cluster.run("SELECT pg_reload_conf()")
        answered = {int(post(server, file, ROWS)["result"][0]["batchId"]) for file in range(2)}
        machine.lose_power(server)
        machine.power_up()
        if machine.cluster is not None:
            machine.cluster.run("ALTER SYSTEM RESET fsync")
            machine.cluster.run("SELECT pg_reload_conf()")
        server = machine.start(workers=0)
        lost = answered - _jobs(server).keys()
        assert server.stop() == 0
        if lost:
            return
    pytest.fail("no job was ever lost: the proof cannot see what it is for")
