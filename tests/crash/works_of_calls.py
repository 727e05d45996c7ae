"""A call creates a job, or cancels one that waits."""

from pathlib import Path
from typing import Any

import httpx

from tests.crash import audit
from tests.crash.calls import Watched
from tests.crash.evidence import content_of
from tests.crash.machine import check, job_faults, post, small_rows
from tests.crash.work import ROWS, Under, Work
from tests.harness import Server, start_server, subscription, until


class Post(Work):
    """A call that creates a job."""

    wide = False
    """Whether its upload is a file."""

    def prepare(self, data: Path) -> None:
        """Make a store with its audit."""
        assert start_server(data, subscription(), workers=0).stop() == 0
        audit.install(data)

    def run(self, data: Path, under: Under) -> bool:
        """Post a file, and once more when the first was refused; note which batch ids were answered."""
        server = start_server(data, workers=0, under=under, env=self.env)
        answered = []
        try:
            for file in range(2):
                body = post(server, file, ROWS, wide=self.wide)
                if body["success"]:
                    answered.append(int(body["result"][0]["batchId"]))
                    break
                assert body["errors"][0]["code"] in ("611", "713"), body
        except httpx.HTTPError:
            server.process.wait(60)
        finally:
            code = server.stop()
            data.with_suffix(".answered").write_text(" ".join(map(str, answered)))
        return code == 0

    def faults(self, data: Path) -> list[str]:
        """Whatever was answered is there; whatever is there is imported, each row once."""
        check(data)
        server = start_server(data)
        there = [job["batchId"] for job in server.get("/leadline/v1/jobs.json")["result"]]
        answered = [int(word) for word in data.with_suffix(".answered").read_text().split()]
        faults = [f"job {batch_id} lost" for batch_id in answered if batch_id not in there]
        faults += [fault for batch_id in there for fault in job_faults(server, batch_id, ROWS)]
        assert server.stop() == 0
        return faults + audit.faults_of_chunks(data, dict.fromkeys(there, ROWS))


class PostLarge(Post):
    """A call that creates a job whose upload is a file: it is synced, named, and its folder synced."""

    watched = Watched.UPLOADS
    wide = True

    def faults(self, data: Path) -> list[str]:
        """As of any other; and no file is left."""
        faults = super().faults(data)
        wait_until_files_are_gone(data)
        return faults


def wait_until_files_are_gone(data: Path) -> None:
    """Wait until the janitor has removed what a crash has left, now that no job waits."""
    server = start_server(data, env={"LEADLINE_TIMES__UPKEEP_SECONDS": "0.5"})
    until(lambda: not any(data.glob("subscriptions/*.uploads/*")))
    assert server.stop() == 0


class KeyedPost(Post):
    """A call that creates a job under a key, and comes again."""

    def run(self, data: Path, under: Under) -> bool:
        """Post a file, and once more when that was refused; note what was answered."""
        server = start_server(data, workers=0, under=under, env=self.env)
        answered: list[int] = []
        try:
            while not answered:
                body = _post_with_key(server)
                answered += [int(each["batchId"]) for each in body.get("result", ())]
                assert body["success"] or body["errors"][0]["code"] in ("611", "713"), body
        except httpx.HTTPError:
            server.process.wait(60)
        finally:
            code = server.stop()
            data.with_suffix(".answered").write_text(" ".join(map(str, answered)))
        return code == 0

    def faults(self, data: Path) -> list[str]:
        """Sent again it is one job, the one that was answered; its rows are imported once."""
        answered = data.with_suffix(".answered").read_text()
        server = start_server(data, workers=0)
        made = {_post_with_key(server)["result"][0]["batchId"] for _ in range(2)}
        jobs_there = {job["batchId"] for job in server.get("/leadline/v1/jobs.json")["result"]}
        assert server.stop() == 0
        faults = [] if made == jobs_there and len(made) == 1 else [f"made {made}, there are {jobs_there}"]
        faults += [f"{answered} was answered, {made} made"] if answered and made != {int(answered)} else []
        return faults + super().faults(data)


def _post_with_key(server: Server) -> dict[str, Any]:
    files = {"file": ("f.csv", content_of(small_rows(0, ROWS)).encode(), "text/csv")}
    answer = server.call("POST", "/bulk/v1/leads.json", files=files, headers={"Idempotency-Key": "k"})
    body: dict[str, Any] = answer.json()
    return body


class Cancel(Post):
    """A job that waits is cancelled."""

    def prepare(self, data: Path) -> None:
        """Make a store in which the job waits."""
        super().prepare(data)
        assert super().run(data, ())

    def run(self, data: Path, under: Under) -> bool:
        """Cancel it, and once more when that was refused; note whether it was answered."""
        server = start_server(data, workers=0, under=under, env=self.env)
        answered = ""
        try:
            while not answered:
                body = _cancel(server)
                answered = body["result"][0]["message"] if body["success"] else ""
                assert body["success"] or body["errors"][0]["code"] in ("611", "713"), body
        except httpx.HTTPError:
            server.process.wait(60)
        finally:
            code = server.stop()
            data.with_suffix(".answered").write_text(answered)
        return code == 0

    def faults(self, data: Path) -> list[str]:
        """What was answered holds; cancelled now, if not before, it has all its rows to be sent again."""
        check(data)
        answered = data.with_suffix(".answered").read_text()
        server = start_server(data, workers=0)
        (job,) = server.get("/leadline/v1/jobs.json")["result"]
        faults = [] if job["cancelled"] or not answered else ["what was answered is lost"]
        message = _cancel(server)["result"][0]["message"]
        rest = server.call("GET", "/leadline/v1/jobs/1001/unreached.csv").text
        (job,) = server.get("/leadline/v1/jobs.json")["result"]
        (day,) = server.get("/leadline/v1/counts.json")["result"]
        assert server.stop() == 0
        found = message, rest, job["status"], day["jobs"]
        expected = f"Import cancelled, {ROWS} not reached", content_of(small_rows(0, ROWS)), "Failed", 1
        return faults if found == expected else [*faults, f"cancelled: {found}"]


def _cancel(server: Server) -> dict[str, Any]:
    body: dict[str, Any] = server.call("POST", "/leadline/v1/jobs/1001/cancel.json").json()
    return body
