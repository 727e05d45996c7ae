"""The queue and its lists against a small model, by steps in any order: accept, claim, finish, die, poll, expire (§2, §4.2).

The API is a real server; the workers are this process, so that each step is chosen.
`FUZZ_RUNS=2000` makes it the long form.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from leadline import clock
from leadline.clock import MachineTime
from leadline.config import load_settings
from leadline.model.job_gate import JobGate
from leadline.model.jobs import Job
from leadline.store import change_log, claimed_jobs, job_purge, jobs
from leadline.store.directory import Stores
from leadline.worker.worker import Worker
from tests.conftest import storing
from tests.harness import Server, running, subscription
from tests.stores import open_stores

RUNS = int(os.environ.get("FUZZ_RUNS", "0"))
PLACES, SLOTS, ATTEMPTS = 4, 2, 3
FEW_PLACES = {"LEADLINE_LIMITS__JOBS_QUEUED_MAX": str(PLACES)}
MUNCHKIN = "123-ABC-456"
PEOPLE = [f"p{number}@example.com" for number in range(6)]


@dataclass
class Modelled:
    """A job as the model has it."""

    batch_id: int
    people: list[str]
    list_id: int | None
    status: str = "Queued"
    attempt: int = 0
    held: Job | None = None
    key: str | None = None
    cancelled: bool = False

    @property
    def unfinished(self) -> bool:
        """Whether it has a place in the queue."""
        return self.status in ("Queued", "Importing")


class QueueMachine(RuleBasedStateMachine):
    """Steps of clients and workers."""

    server: Server
    stores: Stores
    worker: Worker
    members: dict[int, set[str]]
    newest = 0

    def __init__(self) -> None:
        super().__init__()
        self.jobs: list[Modelled] = []

    def of_status(self, status: str) -> list[Modelled]:
        """Return the jobs of a status, oldest first."""
        return [each for each in self.jobs if each.status == status]

    @rule(people=st.lists(st.sampled_from(PEOPLE), max_size=3), list_id=st.sampled_from([None, 1001, 1002]))
    def accept(self, people: list[str], list_id: int | None) -> None:
        """1019 for a busy list, then 1016 for a full queue, else a new number above all others."""
        params = {} if list_id is None else {"listId": list_id}
        body = self.server.post_file("email\n" + "".join(f"{each}\n" for each in people), **params).json()
        unfinished = [each for each in self.jobs if each.unfinished]
        if list_id is not None and any(each.list_id == list_id for each in unfinished):
            assert body["errors"][0]["code"] == "1019"
        elif len(unfinished) == PLACES:
            assert body["errors"][0]["code"] == "1016"
        else:
            number = body["result"][0]["batchId"]
            assert number > QueueMachine.newest
            QueueMachine.newest = number
            self.jobs.append(Modelled(number, people, list_id))

    @rule(people=st.lists(st.sampled_from(PEOPLE), max_size=2), key=st.sampled_from("ab"))
    def accept_with_a_key(self, people: list[str], key: str) -> None:
        """What the key has made as long as that job is kept, 1003 for another file; else as without a key."""
        files = {"file": ("f.csv", ("email\n" + "".join(f"{each}\n" for each in people)).encode())}
        headers = {"Idempotency-Key": key}
        answer = self.server.call("POST", "/bulk/v1/leads.json", files=files, headers=headers)
        before = next((each for each in self.jobs if each.key == key), None)
        if before is None and sum(each.unfinished for each in self.jobs) == PLACES:
            assert answer.json()["errors"][0]["code"] == "1016"
        elif before is None:
            (made,) = answer.json()["result"]
            assert made["batchId"] > QueueMachine.newest
            QueueMachine.newest = made["batchId"]
            self.jobs.append(Modelled(made["batchId"], people, None, key=key))
        elif before.people != people:
            assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "1003")
        else:
            (made,) = answer.json()["result"]
            assert (made["batchId"], made["status"]) == (before.batch_id, before.status)
            assert made.get("cancelled", False) == before.cancelled

    @precondition(lambda self: self.jobs)
    @rule(which=st.integers(0, 5))
    def cancel(self, which: int) -> None:
        """An unfinished job is Failed for good, none of its rows is written; a finished one stays as it is."""
        each = self.jobs[which % len(self.jobs)]
        (done,) = self.server.call("POST", f"/leadline/v1/jobs/{each.batch_id}/cancel.json").json()["result"]
        if each.unfinished:
            each.status, each.cancelled = "Failed", True
            left = f", {len(each.people)} not reached" if each.people else ""
            assert done["message"] == f"Import cancelled{left}"
        assert (done["cancelled"], done["status"]) == (each.cancelled, each.status)
        if each.cancelled:
            rest = self.server.call("GET", f"/leadline/v1/jobs/{each.batch_id}/unreached.csv").text
            assert rest.splitlines() == ["email", *each.people]
        if each.held is not None:
            self.worker.import_job(MUNCHKIN, each.held)

    @rule()
    def claim(self) -> None:
        """The oldest queued one, when a slot is free."""
        queued, busy = self.of_status("Queued"), self.of_status("Importing")
        job = self.worker.claim(MUNCHKIN, SLOTS)
        if not queued or len(busy) == SLOTS:
            assert job is None
            return
        assert job is not None
        oldest = queued[0]
        assert job.batch_id == oldest.batch_id
        oldest.status, oldest.held, oldest.attempt = "Importing", job, oldest.attempt + 1
        assert job.attempt == oldest.attempt

    @precondition(lambda self: self.of_status("Importing"))
    @rule(which=st.integers(0, 1))
    def finish(self, which: int) -> None:
        """A worker imports its job to the end."""
        each = self.of_status("Importing")[which % len(self.of_status("Importing"))]
        assert each.held is not None
        self.worker.import_job(MUNCHKIN, each.held)
        each.status = "Complete"
        if each.list_id is not None:
            self.members[each.list_id] |= set(each.people)

    @precondition(lambda self: self.of_status("Importing"))
    @rule(which=st.integers(0, 1), times=st.integers(1, ATTEMPTS))
    def die(self, which: int, times: int) -> None:
        """A worker dies, and perhaps the next one that takes its job."""
        each = self.of_status("Importing")[which % len(self.of_status("Importing"))]
        for _ in range(times):
            self.die_of(each)
            self.claim()
            if each.status != "Importing":
                break

    def die_of(self, each: Modelled) -> None:
        """Back into the queue, Failed after the third time; what the dead one still does is void."""
        with self.stores.subscription(MUNCHKIN).write() as session:
            (held,) = [found for found in claimed_jobs.claimed(session) if found.batch_id == each.batch_id]
            claimed_jobs.rescue(session, held, clock.now_ms() // 1000)
        each.status = "Queued" if each.attempt < ATTEMPTS else "Failed"
        assert each.held is not None
        self.worker.import_job(MUNCHKIN, each.held)

    @precondition(lambda self: self.of_status("Importing"))
    @rule()
    def hand_back(self) -> None:
        """A worker that stops gives its job back, and the try does not count."""
        each = self.of_status("Importing")[0]
        assert each.held is not None
        with self.stores.subscription(MUNCHKIN).write() as session:
            jobs.release(session, each.held)
        each.status, each.attempt = "Queued", each.attempt - 1

    @rule()
    def expire(self) -> None:
        """Seven days pass: finished jobs are forgotten with what they changed, unfinished ones never."""
        gone, until = [each for each in self.jobs if not each.unfinished], clock.now_ms() // 1000 + 1
        with self.stores.subscription(MUNCHKIN).write() as session:
            change_log.purge(session, until, 1000)
            assert job_purge.purge(session, until, 1000) == len(gone)
        self.jobs = [each for each in self.jobs if each.unfinished]
        for each in gone[-1:]:
            errors = self.server.get(f"/bulk/v1/leads/batch/{each.batch_id}.json")["errors"]
            assert errors == [{"code": "1013", "message": "Object not found"}]

    @rule()
    def list_members(self) -> None:
        """Lists hold the people of finished jobs, no others."""
        for list_id, people in self.members.items():
            rows = self.server.get(f"/rest/v1/lists/{list_id}/leads.json?fields=email")["result"]
            assert sorted(row["email"] for row in rows) == sorted(people)

    @rule()
    def poll(self) -> None:
        """Each job's status and counts."""
        for each in self.jobs:
            status = self.server.status(each.batch_id)
            assert status["status"] == each.status
            if each.status == "Complete":
                assert (status["numOfLeadsProcessed"], status["numOfRowsFailed"]) == (len(each.people), 0)

    @invariant()
    def all_jobs(self) -> None:
        """The operator's list shows exactly these jobs, newest first."""
        rows = self.server.get("/leadline/v1/jobs.json")["result"]
        told = [(row["batchId"], row["status"]) for row in rows]
        assert told == [(each.batch_id, each.status) for each in reversed(self.jobs)]

    def teardown(self) -> None:
        """Leave an empty queue."""
        while any(each.unfinished for each in self.jobs):
            self.claim()
            while self.of_status("Importing"):
                self.finish(0)
        self.expire()


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[str]:
    """On one database after the other."""
    yield from storing(request.param)


def test_the_queue_is_its_model(store: str, tmp_path: Path) -> None:
    """§2.2-2.4, 1016, 1019: whatever the order of the steps."""
    data = tmp_path / "data"
    for server in running(data, subscription(), workers=0, env=FEW_PLACES):
        QueueMachine.server, QueueMachine.stores = server, open_stores(data)
        QueueMachine.members, QueueMachine.newest = {1001: set(), 1002: set()}, 0
        QueueMachine.worker = Worker(
            QueueMachine.stores,
            MachineTime(),
            load_settings({}),
            lambda event: None,
            "model",
            lambda seconds: False,
            JobGate(),
        )
        runs = settings(
            max_examples=RUNS or 6,
            stateful_step_count=30,
            deadline=None,
            phases=(Phase.explicit, Phase.generate),
            derandomize=not RUNS,
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(QueueMachine, settings=runs)  # type: ignore[no-untyped-call]
        QueueMachine.stores.close()
