"""Where generated secrets go: onto a terminal, else into a file of this user alone.

What is printed elsewhere ends up in journals and in logs of builds. The file is on its disk before the store
has the secrets, so that none is lost by a crash or a full disk.
"""

import errno
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import click

from leadline import clock
from leadline.cli.outputs import say
from leadline.config import StoreSettings
from leadline.errors import OperatorError, StoreBusyError, StoreFaultError
from leadline.store.directory import Stores
from leadline.subscriptions.new_secrets import NewSecret, are_stored

secret_file_option = click.option(
    "--secret-file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="New file for generated secrets.  [shown on a terminal; else a file is named]",
)


class SecretOutput:
    """Keeps the secrets that a command generates, and tells them, or where they are."""

    def __init__(self, path: Path | None, folder: Path) -> None:
        """`path` is the file that was asked for; without one, and without a terminal, `folder` gets one."""
        self._wanted, self._folder = path, folder
        self._to_terminal = path is None and sys.stdout.isatty()
        self._file: Path | None = None
        self._kept: tuple[NewSecret, ...] = ()

    def check(self) -> None:
        """Raise `OperatorError` where secrets could not be kept, before anything is changed."""
        if self._to_terminal:
            return
        path = (self._wanted or self._folder / "client-secrets").absolute()
        if self._wanted is not None and os.path.lexists(path):
            raise _exists(path)
        if not os.access(path.parent, os.W_OK | os.X_OK):
            why = errno.EACCES if os.path.isdir(path.parent) else errno.ENOENT
            raise _cannot(f"{path.parent}: {os.strerror(why)}")

    def keep(self, secrets: Sequence[NewSecret]) -> None:
        """Have secrets on the disk, unless a terminal is to show them; raises `OperatorError`.

        A change that is tried again has the same secrets.
        """
        if not self._to_terminal and tuple(secrets) != self._kept:
            self._drop()
            lines = (json.dumps(asdict(each)) + "\n" for each in secrets)
            self._file = self._written("".join(lines).encode())
        self._kept = tuple(secrets)

    def tell(self) -> None:
        """Print the secrets on a terminal, else where they are; once. Raises `OperatorError`."""
        told, self._kept = self._kept, ()
        for each in told:
            if self._to_terminal:
                _show(each)
            else:
                where = f"credential {each.name}: client id and secret are in {self._file}"
                try:
                    click.echo(where)
                except OSError:
                    say(where, err=True)

    def settle(self, stores: Stores) -> None:
        """Drop the file of a change that failed, unless the store has taken the secrets after all."""
        if not self._kept:
            return
        try:
            if not are_stored(stores, self._kept):
                self._drop()
                return
        except (StoreBusyError, StoreFaultError):
            say("The store does not answer whether it has taken these secrets:", err=True)
        self.tell()

    def _written(self, content: bytes) -> Path:
        """Return a new file with a content: the one that was asked for, or one named by the time."""
        time = f"{datetime.fromtimestamp(clock.now_ms() / 1000, UTC):%Y%m%dT%H%M%SZ}"
        for number in count(1):
            name = f"client-secrets-{time}{'' if number == 1 else f'-{number}'}.jsonl"
            path = (self._wanted or self._folder / name).absolute()
            try:
                _write_new(path, content)
                return path
            except FileExistsError as error:
                if self._wanted is not None:
                    raise _exists(path) from error
            except OSError as error:
                raise _cannot(f"{path}: {error.strerror}") from error
        raise AssertionError("numbers do not end")

    def _drop(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.unlink()
            self._file = None


@contextmanager
def secret_output(stores: Stores, settings: StoreSettings, path: Path | None) -> Iterator[SecretOutput]:
    """Yield what keeps the secrets of one change of the stores, and tells them when it is done.

    Without a `path` a file lies in the directory of embedded stores, beside PostgreSQL in the current one.
    """
    output = SecretOutput(path, settings.data if stores.is_embedded else Path())
    try:
        yield output
    except Exception:
        output.settle(stores)
        raise


def _show(secret: NewSecret) -> None:
    try:
        click.echo(f"credential {secret.name}, shown only now:")
        click.echo(f"  client_id:     {secret.client_id}")
        click.echo(f"  client_secret: {secret.client_secret}")
    except OSError as error:
        raise OperatorError(
            f"The new secret of credential {secret.name} cannot be shown: {error.strerror}. Make another "
            "one: `leadline credentials rotate`."
        ) from error


def _exists(path: Path) -> OperatorError:
    return _cannot(f"{path} exists already, and may hold another secret")


def _cannot(why: str) -> OperatorError:
    return OperatorError(
        f"Generated secrets cannot be kept, so no credential was changed: {why}. Run it on a terminal, or "
        "give `leadline setup` or `leadline credentials` another path with --secret-file."
    )


def _write_new(path: Path, content: bytes) -> None:
    """Write a file that was not there, and have it on its disk; raises `OSError`, and leaves none then.

    A link is never followed: it would be there.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError:
        with suppress(OSError):
            path.unlink()
        raise
