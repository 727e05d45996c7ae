"""Processes die by SIGKILL at random moments, again and again."""

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from leadline.store import claimed_jobs
from leadline.store.directory import Stores
from tests.crash import audit
from tests.crash.evidence import Model, content_of, faults_of, gather
from tests.crash.files import own_rows
from tests.crash.proof import Proof, spread
from tests.forms import only_long, repeats, times
from tests.harness import LEADLINE, Server, start_server, subscription, until
from tests.stores import open_stores, store_options

pytestmark = repeats  # test_kill_at_each_event.py kills at chosen moments

WORKER_KILLS = times(4, 1000)
SERVE_KILLS = times(2, 300)
FILES = 50 + 6 * WORKER_KILLS
ROWS = times(700, 400)
"""About 2.8 or 1.6 MB: two chunks."""
WORKERS = times(2, 8)
"""A worker that dies young is replaced after a pause, so that many kills need many workers."""

DEATHS_MAX = 2
"""A job survives two deaths of its worker; the third fails it, which another test shows."""


def _list_of(file: int) -> int:
    return 2000 + file


@pytest.fixture
def document() -> dict[str, Any]:
    """A subscription with a list for each file, so that a file's people can be told apart."""
    return subscription(lists=[{"id": _list_of(file), "name": f"File {file}"} for file in range(FILES)])


def _pause(seconds: float) -> None:
    """Let a moment of chance pass: not a wait for anything, but where the next fault strikes."""
    threading.Event().wait(seconds)


class _Watch:
    """What the log says of jobs and their workers' deaths, read as it grows."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._read = 0
        self._killed_at: list[int] = []
        self._unfinished: dict[int, dict[str, Any]] = {}
        self.importing: set[int] = set()
        self.workers: set[int] = set()
        self.recoveries: list[float] = []

    def look(self) -> "_Watch":
        """Read on."""
        new = self._server.events(start=self._read)
        self._read += len(new)
        for event in new:
            batch_id = event.get("batch_id")
            if event["event"] == "JobClaimed":
                self._note_recovery(event)
                self._unfinished[batch_id] = event
                self.importing.add(batch_id)
            elif event["event"] in ("JobFinished", "JobRescued", "JobReleased"):
                self.importing.discard(batch_id)
                if event["event"] == "JobFinished":
                    self._unfinished.pop(batch_id, None)
            elif event["event"] == "WorkerStarted":
                self.workers.add(event["pid"])
            elif event["event"] == "WorkerStopped":
                self.workers.discard(event["pid"])
        return self

    def _note_recovery(self, claim: dict[str, Any]) -> None:
        """Note how long a job lay still: from the first kill after its last claim, which is too long at worst."""
        before = self._unfinished.get(claim["batch_id"])
        if before is not None:
            kills = [at for at in self._killed_at if before["at"] <= at <= claim["at"]]
            self.recoveries += [(claim["at"] - kills[0]) / 1000] if kills else []

    def killed(self) -> None:
        """Note that a worker is killed now."""
        self._killed_at = [*self._killed_at[-9:], time.time_ns() // 1_000_000]

    @property
    def may_kill(self) -> bool:
        """Whether no unfinished job can have died twice already, seen or not seen yet."""
        return all(claim["attempt"] < DEATHS_MAX for claim in self._unfinished.values())


def _at_work(stores: Stores) -> set[int]:
    """Return the process ids of the workers that hold a job now, as the store has them."""
    with stores.subscription(audit.MUNCHKIN_ID).read() as session:
        return {int(held.worker.split(".")[-2]) for held in claimed_jobs.claimed(session)}


def _finish(server: Server, batch_id: int) -> None:
    try:
        server.finish(batch_id)
    except AssertionError as error:
        log = [line for line in server.log if "RequestAnswered" not in line][-40:]
        raise AssertionError(f"job {batch_id} is stuck: {server.status(batch_id)}\n{''.join(log)}") from error


def _faults(server: Server, batch_id: int, file: int) -> list[str]:
    rows = own_rows(file, ROWS)
    faults = faults_of(gather(server, batch_id, _list_of(file)), Model().fates(rows), rows)
    return [f"job {batch_id}, file {file}: {fault}" for fault in faults]


def _prepare(data: Path, document: dict[str, Any]) -> None:
    """Make the store, and begin its audit."""
    assert start_server(data, document, workers=0).stop() == 0
    audit.install(data)


def _check_audit(data: Path, files: dict[int, int]) -> None:
    """Hold what was written, row by row, against the files of the jobs."""
    assert audit.faults_of_chunks(data, dict.fromkeys(files, ROWS)) == []
    assert (
        audit.faults_of_leads(data, [row.email for file in files.values() for row in own_rows(file, ROWS)])
        == []
    )


def _check(data: Path) -> None:
    """Let the operator's own check look at the store."""
    done = subprocess.run(
        [LEADLINE, "check", *store_options(data)], cwd=data.parent, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_workers_die_at_random(data: Path, document: dict[str, Any], proof: Proof) -> None:
    """P2, P3: while files are imported, workers are killed at random moments: no row is lost, none is
    applied twice, no job is stuck, all are Complete; the store is sound.
    """
    _prepare(data, document)
    server = start_server(data, workers=WORKERS)
    stores = open_stores(data)
    try:
        files: dict[int, int] = {}
        kills, newest, watch = 0, 0, _Watch(server)
        while kills < WORKER_KILLS:
            while (
                sum(server.status(job)["status"] in ("Queued", "Importing") for job in list(files)[-4:]) < 3
            ):
                file = len(files)
                newest = server.submit(content_of(own_rows(file, ROWS)), listId=_list_of(file))
                files[newest] = file
            until(
                lambda newest=newest: watch.look().importing or server.status(newest)["status"] == "Complete"
            )
            _pause(proof.chance.uniform(0.0, 0.25))
            pids = sorted(_at_work(stores) & watch.look().workers)
            if pids and watch.may_kill:
                watch.killed()
                victim = proof.chance.choice(pids)
                os.kill(victim, signal.SIGKILL)
                kills += 1
                until(lambda victim=victim: victim not in watch.look().workers)
        for batch_id in files:
            _finish(server, batch_id)
        assert [event["exit_code"] for event in server.events("WorkerStopped")] == [-signal.SIGKILL] * kills
        faults = [fault for batch_id, file in files.items() for fault in _faults(server, batch_id, file)]
        assert faults == []
        assert len(server.events("JobRescued")) >= WORKER_KILLS // 2, "the kills struck while jobs ran"
        proof.note(
            jobs=len(files),
            kills=kills,
            running_again=spread(watch.look().recoveries),
            rescues=len(server.events("JobRescued")),
            lost=0,
            doubled=0,
            stuck=0,
        )
    finally:
        stores.close()
        assert server.stop() == 0
    _check_audit(data, files)
    _check(data)


class _Poster:
    """A client that posts one file after the other on each thread, and notes what it was answered."""

    def __init__(self, files: Iterator[int]) -> None:
        self._files = files
        self.answered: dict[int, int] = {}
        self.posted: dict[int, int] = {}

    def post_until_cut_off(self, server: Server) -> None:
        """Post until the server is gone; a full queue is asked again."""
        for file in self._files:
            self.posted[_list_of(file)] = file
            content = content_of(own_rows(file, ROWS))
            try:
                while True:
                    body = server.post_file(content, listId=_list_of(file)).json()
                    if body["success"]:
                        break
                    assert body["errors"][0]["code"] == "1016", body
                    _pause(0.05)
            except httpx.HTTPError:
                return
            self.answered[int(body["result"][0]["batchId"])] = file


def _strike(server: Server, cycle: int, chance: random.Random) -> None:
    """Choose the moment: any, while a job is imported, or between a commit and its answer."""
    queued = len(server.events("JobQueued"))
    if cycle % 3 == 0:
        _pause(chance.uniform(0.05, 0.5))
    elif cycle % 3 == 1:
        until(lambda: server.events("JobClaimed"))
        _pause(chance.uniform(0.0, 0.3))
    else:
        while len(server.events("JobQueued")) == queued:
            assert server.process.poll() is None


@only_long("postgres", "given")
def test_the_server_dies_at_random(data: Path, document: dict[str, Any], proof: Proof) -> None:
    """P1, P2, P3: the whole server is killed during uploads and imports, and started again at once on the
    same data, while workers of the old one may still end their chunk: each batch id that a client was
    answered exists and ends Complete with its rows applied once; so does what was accepted just before
    the answer was lost; no seat is left without a job; the store is sound.
    """
    poster = _Poster(iter(range(FILES)))
    killed: list[Server] = []
    _prepare(data, document)
    server = start_server(data)
    try:
        for cycle in range(SERVE_KILLS):
            posting = [threading.Thread(target=poster.post_until_cut_off, args=(server,)) for _ in range(3)]
            for thread in posting:
                thread.start()
            until(lambda cycle=cycle: len(poster.answered) > cycle)  # a full queue is waited for
            _strike(server, cycle, proof.chance)
            server.process.kill()
            server.process.wait(60)
            for thread in posting:
                thread.join()
            killed.append(server)
            server = start_server(data)
        files = {
            job["batchId"]: poster.posted[job["listId"]]
            for job in server.get("/leadline/v1/jobs.json")["result"]
        }
        assert poster.answered.items() <= files.items()
        assert len(set(files.values())) == len(files)
        for batch_id in files:
            _finish(server, batch_id)
        faults = [fault for batch_id, file in files.items() for fault in _faults(server, batch_id, file)]
        assert faults == []
        seats = [server.post_file("email\n").json()["success"] for _ in range(10)]
        assert all(seats)
        proof.note(jobs=len(files), answered=len(poster.answered), kills=SERVE_KILLS, lost=0, doubled=0)
    finally:
        for old in killed:
            old.kill()
        assert server.stop() == 0
    assert len(poster.answered) >= SERVE_KILLS, "the kills struck a server at work"
    _check_audit(data, files)
    _check(data)
