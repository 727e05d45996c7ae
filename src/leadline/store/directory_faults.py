"""Everything that is wrong with the stores of a server, for `leadline check`; one store is open at a time."""

from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from leadline.errors import OperatorError, StoreBusyError, StoreFaultError
from leadline.store import jobs, upload_upkeep
from leadline.store.data_folder import CONTROL_FILE
from leadline.store.directory import Stores
from leadline.store.leftovers import left_behind
from leadline.store.migrate import VersionedDatabase


def faults_of(stores: Stores) -> Iterator[str]:
    """Yield a sentence for each fault of the directory and its stores."""
    folder = stores.folder
    if stores.is_embedded and not (folder / CONTROL_FILE.name).exists():
        yield f"{folder} holds no store. Run `leadline serve` or `leadline setup` to make one."
        return
    if stores.is_embedded:
        yield from _open_to_others(folder)
    control_faults = list(stores.control.faults())
    yield from control_faults
    if control_faults:
        return
    for munchkin_id, entry in stores.directory().items():
        location = entry.location
        if location.is_file and not (folder / location.name).exists():
            yield f"The store of subscription {munchkin_id} is missing. Restore it from a backup."
        else:
            with closing(stores.database_at(location, "subscription")) as database:
                yield from database.faults()
                yield from _in_what_it_tells(database)
    yield from left_behind(stores)


def refuse_missing(stores: Stores) -> None:
    """Raise `OperatorError` where there are no stores yet."""
    control = stores.control
    if stores.is_embedded:
        is_there = (stores.folder / CONTROL_FILE.name).exists()
    else:
        with control.read() as session:
            is_there = control.schema_version(session) > 0
    if not is_there:
        raise OperatorError(
            f"{stores.where} holds no store. Name the one of a server with --data or --database; "
            "`leadline setup` makes one."
        )


def _open_to_others(folder: Path) -> Iterator[str]:
    for path in (folder, *sorted(folder.rglob("*"))):
        with suppress(OSError):  # a hint or a lock that a server has removed meanwhile, or a link to nowhere
            if path.stat().st_mode & 0o077:
                yield f"{path} is open to other users. Run: chmod go= {path}"


def _in_what_it_tells(database: VersionedDatabase) -> Iterator[str]:
    """Yield what is wrong with jobs and uploads; a store that cannot be read has other faults."""
    with suppress(StoreBusyError, StoreFaultError):
        with database.read() as session:
            for fault in jobs.miscounted(session):
                yield f"{database.where}: {fault}. Restore a backup."
        yield from upload_upkeep.faults(database)
