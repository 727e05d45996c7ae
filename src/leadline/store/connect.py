"""Where the stores of a server are, and the way to each."""

import os
import secrets
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from leadline.errors import OperatorError
from leadline.store import credentials
from leadline.store.gate import is_alive, take_sign_of_life
from leadline.store.sqlite import SqliteDatabase

SERVER_KEY_BYTES = 32


class Stores:
    """The embedded stores in one directory: the control store and one for each subscription."""

    def __init__(self, folder: Path, *, worker: bool = False) -> None:
        self.folder = folder
        self._worker = worker
        self._open: dict[str, SqliteDatabase] = {}
        self._opening = threading.Lock()
        self.control = SqliteDatabase(folder / "control.db", "control")

    def prepare(self) -> None:
        """Create what is missing and bring every store up to date; raises `OperatorError`."""
        try:
            for folder in (self.folder, self.folder / "subscriptions", self.folder / "workers"):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.server_key()
        except OSError as error:
            raise OperatorError(
                f"Cannot write to {self.folder}: {error.strerror}. Give --data a directory you may write to."
            ) from error
        self.control.migrate()
        for munchkin_id in self.munchkin_ids():
            self.subscription(munchkin_id).migrate()
        for sign in (self.folder / "workers").iterdir():
            is_alive(sign)  # removes those of the dead

    def server_key(self) -> bytes:
        """Return the key that tokens are made from; it lives beside the stores, not in them."""
        path = self.folder / "server.key"
        if not path.exists():
            _write_once(path, secrets.token_bytes(SERVER_KEY_BYTES))
        key = path.read_bytes()
        if len(key) != SERVER_KEY_BYTES:
            raise OperatorError(
                f"{path} is damaged. Restore it from a backup, or delete it to end all tokens."
            )
        return key

    def munchkin_ids(self) -> list[str]:
        """Return the subscriptions of the directory."""
        with self.control.read() as session:
            return list(credentials.subscriptions(session))

    def place_of(self, munchkin_id: str) -> str:
        """Return where a subscription's store is, or would be."""
        return f"subscriptions/{munchkin_id.lower()}.db"

    def subscription(self, munchkin_id: str) -> SqliteDatabase:
        """Return the store of a subscription."""
        with self._opening:
            if munchkin_id not in self._open:
                path = self.folder / self.place_of(munchkin_id)
                self._open[munchkin_id] = SqliteDatabase(path, "subscription", worker=self._worker)
            return self._open[munchkin_id]

    def faults(self) -> Iterator[str]:
        """Yield a sentence for each fault of the directory and its stores."""
        if not self.control.path.exists():
            yield f"{self.folder} holds no store. Run `leadline serve` or `leadline setup` to make one."
            return
        key = self.folder / "server.key"
        if not key.exists() or key.stat().st_size != SERVER_KEY_BYTES:
            yield f"{key} is missing or damaged. Restore it from a backup, or start the server to make one."
        for path in (self.folder, key):
            if path.exists() and path.stat().st_mode & 0o077:
                yield f"{path} is open to other users. Run: chmod go= {path}"
        yield from self.control.faults()
        for munchkin_id in self.munchkin_ids():
            if (self.folder / self.place_of(munchkin_id)).exists():
                yield from self.subscription(munchkin_id).faults()
            else:
                yield f"The store of subscription {munchkin_id} is missing. Restore it from a backup."

    def begin_worker(self, worker_id: str) -> int:
        """Show that a worker lives, for as long as its process does; return the sign's descriptor."""
        return take_sign_of_life(self._sign(worker_id))

    def worker_lives(self, worker_id: str) -> bool:
        """Tell whether a worker's process lives."""
        return is_alive(self._sign(worker_id))

    def _sign(self, worker_id: str) -> Path:
        return self.folder / "workers" / f"{worker_id}.lock"

    def close(self) -> None:
        """Close all connections."""
        for database in (self.control, *self._open.values()):
            database.close()


def _write_once(path: Path, content: bytes) -> None:
    """Make a file whole or not at all; the first of several processes wins."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-") as draft:
        draft.write(content)
        draft.flush()
        os.fsync(draft.fileno())
        with suppress(FileExistsError):
            os.link(draft.name, path)
