"""A machine to break: a disk of its own, on it a store with its audit, on that the real server."""

import subprocess
from pathlib import Path
from typing import Any

from tests.crash import audit
from tests.crash.disks import Disk
from tests.crash.evidence import Row, content_of
from tests.crash.fragile import FragileCluster
from tests.harness import LEADLINE, Server, start_server, subscription
from tests.stores import store_kind

PATIENCE_SECONDS = 120
"""For a job on a machine that has just come back; a database recovers first."""


WIDE_TIMES = 800
"""So often a wide row has its note that 60 of them are more than an upload in the database may be."""


def small_rows(file: int, count: int, *, wide: bool = False) -> list[Row]:
    """Return a file of few rows whose people are in no other; of `wide` ones the upload is a file."""
    times = WIDE_TIMES if wide else 10
    return [
        Row(f"p{number}@f{file}.example.com", f"f{file}", f"note {number} " * times)
        for number in range(count)
    ]


def check(data: Path, url: str | None = None) -> None:
    """Let the operator's own check look at the store."""
    where = ["--database", url] if url else ["--data", str(data)]
    done = subprocess.run(
        [LEADLINE, "check", *where], cwd=data.parent, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


class Machine:
    """One store on one disk; the database's server, where there is one, lives there too."""

    def __init__(self, disk: Disk, **document: Any) -> None:
        self.disk = disk
        self.data = disk.root / "data"
        self.cluster: FragileCluster | None = None
        self.url: str | None = None
        self._server: Server | None = None
        if store_kind() != "sqlite":
            folder = disk.root / "cluster"
            folder.mkdir()
            self.cluster = FragileCluster(folder)
            self.url = self.cluster.new_database(folder)
        assert self.start(subscription(**document), workers=0).stop() == 0
        audit.install(self.data, self.url)

    def start(self, document: dict[str, Any] | None = None, **options: Any) -> Server:
        """Start the real server on the store."""
        self._server = start_server(self.data, document, url=self.url, **options)
        return self._server

    def lose_power(self, server: Server) -> None:
        """Cut the power: nothing is written from now on, and all processes are gone."""
        self.disk.cut_power()
        server.kill_all()
        if self.cluster is not None:
            self.cluster.kill()

    def power_up(self) -> None:
        """Mount what has reached the disk, and start the database's server where there is one."""
        self.disk.revive()
        if self.cluster is not None:
            self.cluster.start()

    def database_is_up(self) -> bool:
        """Tell whether the database's server runs; files need none."""
        return self.cluster is None or self.cluster.is_up()

    def faults(self, files: dict[int, int], rows: int) -> list[str]:
        """Check the store, and hold what was written, row by row, against the files of these jobs."""
        check(self.data, self.url)
        emails = [row.email for file in files.values() for row in small_rows(file, rows)]
        return [
            *audit.faults_of_chunks(self.data, dict.fromkeys(files, rows), self.url),
            *audit.faults_of_leads(self.data, emails, self.url),
        ]

    def close(self) -> None:
        """End what still runs."""
        if self._server is not None:
            self._server.kill_all()
        if self.cluster is not None:
            self.cluster.close()


def job_faults(server: Server, batch_id: int, rows: int) -> list[str]:
    """Wait for the end of a job of new people; return a word for each way in which it is not as it must be."""
    status = server.finish(batch_id, PATIENCE_SECONDS)
    counted = (status["status"], status["numOfLeadsProcessed"], status["numOfRowsFailed"])
    if counted != ("Complete", rows, 0):
        return [f"job {batch_id}: {status}"]
    told = [line.split(",")[:2] for line in server.ledger(batch_id)]
    expected = [[str(number), "created"] for number in range(1, rows + 1)]
    return [] if told == expected else [f"job {batch_id}: the ledger differs"]


def post(server: Server, file: int, rows: int, *, wide: bool = False) -> dict[str, Any]:
    """Post a file of few rows; return the answer, whatever it is."""
    answer = server.post_file(content_of(small_rows(file, rows, wide=wide)))
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body
