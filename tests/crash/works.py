"""Small pieces of work whose every write is struck: what is there before, what runs, what must be there after."""

import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import yaml

from leadline.store import catalog, jobs, lists
from leadline.store.migrate import load_migrations
from tests.contract.api.previews import apply, asked, told
from tests.contract.store.places import admit
from tests.crash import audit
from tests.crash.audit import MUNCHKIN_ID
from tests.crash.calls import Watched
from tests.crash.evidence import content_of
from tests.crash.machine import check, job_faults, post, small_rows
from tests.harness import LEADLINE, Server, start_server, subscription, until
from tests.later import STEPS
from tests.stores import open_stores

ROWS = 200
_WEEK_AND_A_DAY = 8 * 86_400
_MEMBER = "INSERT INTO {schema}.list_member (list_id, lead_id, added_at) VALUES (1001, 7, 0)"
Under = Sequence[str]


class Work(ABC):
    """Some work on a store of its own; `under` is the command that the program runs under."""

    watched = Watched.STORE
    """Whose calls are struck."""

    env: dict[str, str] | None = None
    """What the program that is struck gets to see, beside the usual."""

    @abstractmethod
    def prepare(self, data: Path) -> None:
        """Make what is there before."""

    @abstractmethod
    def run(self, data: Path, under: Under) -> bool:
        """Do the work once; tell whether the program saw its end."""

    @abstractmethod
    def faults(self, data: Path) -> list[str]:
        """Let the work be finished without any fault; return a word for each way in which it is not right."""


class SetUp(Work):
    """A first start: both stores are made, and a subscription in them."""

    def prepare(self, data: Path) -> None:
        """There is nothing before."""

    def run(self, data: Path, under: Under) -> bool:
        """Apply the file."""
        data.parent.mkdir(exist_ok=True)
        file = data.with_suffix(".yaml")
        file.write_text(yaml.safe_dump(subscription()), "utf-8")
        command = [*under, LEADLINE, "setup", str(file), "--data", str(data)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode == 0

    def faults(self, data: Path) -> list[str]:
        """Apply it again: all is there, whatever was before."""
        assert self.run(data, ())
        check(data)
        stores = open_stores(data)
        with stores.subscription(MUNCHKIN_ID).read() as session:
            found = [(each.id, each.name) for each in lists.lists(session)]
            partitions = [each.name for each in catalog.partitions(session)]
        stores.close()
        expected = [(1001, "Newsletter"), (1002, "Webinar")], ["Default", "Europe"]
        return [] if (found, partitions) == expected else [f"set up: {found}, {partitions}"]


class SetUpControl(SetUp):
    """The same, where the control store's writes are struck."""

    watched = Watched.CONTROL


class Migrate(Work):
    """A later program brings a store up to date; a job waits in it."""

    def prepare(self, data: Path) -> None:
        """Make a store as this program leaves it."""
        assert start_server(data, subscription(), workers=0).stop() == 0
        stores = open_stores(data)
        database = stores.subscription(MUNCHKIN_ID)
        admit(database)
        with database.write() as session:
            session.run_built(_MEMBER, {})
        stores.close()

    def run(self, data: Path, under: Under) -> bool:
        """Let the later program migrate every store."""
        command = [*under, sys.executable, "-m", "tests.later", str(data)]
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0

    def faults(self, data: Path) -> list[str]:
        """Migrating again ends well, and what was in the store still is."""
        assert self.run(data, ())
        check(data)
        stores = open_stores(data)
        databases = (stores.control, stores.subscription(MUNCHKIN_ID))
        versions = []
        for database in databases:
            with database.read() as session:
                versions.append(database.schema_version(session))
        with databases[1].write() as session:
            job = jobs.claim(session, "w", 0, 2)
            members = lists.members_among(session, 1001, [7, 8])
            newer = session.built_rows("SELECT newer FROM {schema}.job", {})
        stores.close()
        found = versions, job and job.batch_id, members, newer
        later = [len(load_migrations("sqlite", kind)) + 1 for kind in STEPS]
        return [] if found == (later, 1001, {7}, [{"newer": 0}]) else [f"migrated: {found}"]


class MigrateControl(Migrate):
    """The same, where the control store's writes are struck."""

    watched = Watched.CONTROL


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


WORKS = {
    "remove": Remove(),
    "set up": SetUp(),
    "set up, control": SetUpControl(),
    "migration": Migrate(),
    "migration, control": MigrateControl(),
    "post": Post(),
    "post a large file": PostLarge(),
    "post with a key": KeyedPost(),
    "cancel": Cancel(),
    "import": ImportJob(),
    "import a large file": ImportLarge(),
    "apply": Apply(),
    "undo": Undo(),
    "purge": Purge(),
}


def copy_of(template: Path, data: Path) -> None:
    """Copy what is there before to where it may be struck."""
    for path in template.parent.glob(f"{template.name}*"):
        target = data.with_name(data.name + path.name.removeprefix(template.name))
        (shutil.copytree if path.is_dir() else shutil.copyfile)(path, target)
