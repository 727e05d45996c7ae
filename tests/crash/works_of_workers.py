"""A worker imports, applies, takes back, and deletes what is past its days; an operator removes a subscription."""

import subprocess
from pathlib import Path
from typing import Any

from tests.contract.api.previews import apply, asked, told
from tests.crash import audit
from tests.crash.audit import MUNCHKIN_ID
from tests.crash.calls import Watched
from tests.crash.evidence import content_of
from tests.crash.machine import check, small_rows
from tests.crash.work import ROWS, Under
from tests.crash.works_of_calls import Post, PostLarge, wait_until_files_are_gone
from tests.harness import LEADLINE, Server, start_server, subscription, until
from tests.stores import open_stores

_WEEK_AND_A_DAY = 8 * 86_400


class ImportJob(Post):
    """A job that waits is imported by a worker."""

    def prepare(self, data: Path) -> None:
        """Make a store in which the job waits."""
        super().prepare(data)
        assert super().run(data, ())

    def run(self, data: Path, under: Under) -> bool:
        """Let a worker import it."""
        return self._employ(data, under, "JobFinished")

    def _employ(self, data: Path, under: Under, end: str) -> bool:
        """Run a server until its worker has told of the end; one that dies takes the server with it."""
        server = start_server(data, under=under, env=self.env)
        try:
            until(lambda: server.events("WorkerStopped") or server.events(end))
            code = 1 if server.events("WorkerStopped") else server.stop()
            return code == 0 and server.events("WorkerStopped")[0]["exit_code"] == 0
        finally:
            server.kill_all()

    def faults(self, data: Path) -> list[str]:
        """Each row was written once."""
        people = [row.email for row in small_rows(0, ROWS)]
        return super().faults(data) + audit.faults_of_leads(data, people)


class ImportLarge(ImportJob):
    """A job whose upload is a file is imported by a worker, which removes it behind its last commit."""

    watched = Watched.REMOVALS
    wide = True

    def faults(self, data: Path) -> list[str]:
        """As of any other; and no file is left."""
        faults = super().faults(data)
        wait_until_files_are_gone(data)
        return faults


class Apply(ImportJob):
    """A preview is applied by a worker, in one transaction."""

    def prepare(self, data: Path) -> None:
        """Make a store in which the job waits that applies it."""
        Post.prepare(self, data)
        server = start_server(data)
        preview = told(server, asked(server, "lead", content_of(small_rows(0, ROWS))))
        assert server.stop() == 0
        server = start_server(data, workers=0)
        batch_id = apply(server, preview)["result"][0]["batchId"]
        assert server.stop() == 0
        data.with_suffix(".answered").write_text(str(batch_id))


class Undo(ImportJob):
    """A job that was imported is taken back by a worker."""

    def prepare(self, data: Path) -> None:
        """Make a store in which the undo waits."""
        super().prepare(data)
        assert super().run(data, ())
        server = start_server(data, workers=0)
        assert server.call("POST", "/leadline/v1/jobs/1001/undo.json").json()["success"]
        assert server.stop() == 0

    def faults(self, data: Path) -> list[str]:
        """Nobody is left whom the file had brought, and each row was taken back once."""
        check(data)
        server = start_server(data)
        job = until(lambda: found if (found := _job(server, 1002))["status"] == "Complete" else None)
        told = [line.split(",")[:2] for line in server.ledger(1002)]
        left = server.lead("email", small_rows(0, ROWS)[0].email, "id")
        assert server.stop() == 0
        found = job["deleted"], job["processed"], told, left
        expected = ROWS, ROWS, [[str(row), "deleted"] for row in range(1, ROWS + 1)], []
        return [] if found == expected else [f"undone: {found}"]


def _job(server: Server, batch_id: int) -> dict[str, Any]:
    found: dict[str, Any] = server.get(f"/leadline/v1/jobs/{batch_id}.json")["result"][0]
    return found


class Purge(ImportJob):
    """Jobs past their days are deleted, with what was told about them."""

    def __init__(self) -> None:
        """An upkeep that failed is tried again by the next one, soon."""
        self.env = {"LEADLINE_TIMES__UPKEEP_SECONDS": "2"}

    def prepare(self, data: Path) -> None:
        """Make a store whose only job ended more than a week ago."""
        super().prepare(data)
        assert super().run(data, ())
        stores = open_stores(data)
        with stores.subscription(MUNCHKIN_ID).write() as session:
            session.run_built(f"UPDATE {{schema}}.job SET created_at = created_at - {_WEEK_AND_A_DAY}", {})
        stores.close()

    def run(self, data: Path, under: Under) -> bool:
        """Let a worker purge."""
        return self._employ(data, under, "JobsPurged")

    def faults(self, data: Path) -> list[str]:
        """Nothing of the job is left, the people are."""
        check(data)
        server = start_server(data)
        server.wait_for("WorkerStarted")
        server.stop()
        stores = open_stores(data)
        with stores.subscription(MUNCHKIN_ID).read() as session:
            left = {
                table: session.built_rows(f"SELECT count(*) AS n FROM {{schema}}.{table}", {})[0]["n"]
                for table in ("job", "job_ledger", "job_issue", "job_file", "lead")
            }
        stores.close()
        expected = {"job": 0, "job_ledger": 0, "job_issue": 0, "job_file": 0, "lead": ROWS}
        return [] if left == expected else [f"purged: {left}"]


class Remove(PostLarge):
    """A subscription is removed, in which a large file waits."""

    watched = Watched.REMOVED

    def prepare(self, data: Path) -> None:
        """Make a store in which the file waits."""
        super().prepare(data)
        assert super().run(data, ())

    def run(self, data: Path, under: Under) -> bool:
        """Remove it."""
        command = [*under, LEADLINE, "subscriptions", "remove", MUNCHKIN_ID, "--yes", "--data", str(data)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode == 0

    def faults(self, data: Path) -> list[str]:
        """A server starts on what is left, the same command ends it, and what is made anew has nobody in it."""
        assert start_server(data, workers=1).stop() == 0
        self.run(data, ())
        check(data)
        left = sorted(path.name for path in (data / "subscriptions").iterdir() if path.name[:3] == "123")
        server = start_server(data, subscription(), workers=0)
        jobs_left = server.get("/leadline/v1/jobs.json")["result"]
        assert server.stop() == 0
        return [] if (left, jobs_left) == ([], []) else [f"removed: {left}, {jobs_left}"]
