"""What is done for uploads beside their jobs: orphans go, copies of stores get theirs, faults are told."""

from collections.abc import Iterator

from leadline.store.base import Database, Session
from leadline.store.upload_files import HeldFiles
from leadline.store.uploads import PART_BYTES


def remove_orphans(database: Database) -> None:
    """Remove the files that no transaction has named, or whose removal a crash has prevented.

    Nobody commits while they are looked through: one that is not named yet is locked.
    """
    files = database.upload_files
    if files is None or not (found := files.names()):
        return
    with database.read_once() as session:
        orphans = _unnamed(session, found)
    if orphans:
        with database.write() as session:
            for name in _unnamed(session, orphans):
                files.remove_unless_locked(name)


def _unnamed(session: Session, names: list[str]) -> list[str]:
    named = _sizes(session)
    return [name for name in names if name not in named]


def _sizes(session: Session) -> dict[str, int]:
    """Return how many bytes each upload has that is a file, by its name."""
    return {row["upload"]: int(row["bytes"]) for row in session.rows("uploads_in_files")}


def faults(database: Database) -> Iterator[str]:
    """Yield a sentence for each file of an upload that is not as the store says."""
    files = database.upload_files
    if files is None:
        return
    with database.read() as session:
        rows = session.rows("uploads_in_files")
    for row in rows:
        if files.size(row["upload"]) != int(row["bytes"]):
            with database.read_once() as session:  # its job may have ended meanwhile
                is_named = session.row("has_upload", upload=row["upload"]) is not None
            if is_named:
                path = files.folder / row["upload"]
                yield f"The upload {path} is missing or cut short. Restore it, or send the file again."


def drop_orphans(session: Session) -> None:
    """Delete the uploads of jobs and previews that are gone from a copy of a store, which has no files."""
    session.run("drop_orphaned_uploads")
    session.run("drop_orphaned_upload_marks")


def take_in(session: Session, files: HeldFiles) -> set[str]:
    """Take the files of a store into a copy of it; return the names of those that are not there."""
    missing = set()
    for name, size in _sizes(session).items():
        if files.size(name) != size:
            missing.add(name)
            continue
        session.run("delete_line_of_file", upload=name)
        for part, offset in enumerate(range(0, size, PART_BYTES)):
            session.run("add_part", upload=name, part=part, bytes=files.read(name, offset, PART_BYTES))
    return missing


def damaged(database: Database) -> set[str]:
    """Return the names of the files that are not as the store says, before they are looked at and after."""
    files = database.upload_files
    if files is None:
        return set()
    with database.read_once() as session:
        named = _sizes(session)
    with files.held() as held:
        found = {name for name, size in named.items() if held.size(name) != size}
    with database.read_once() as session:
        return found & _sizes(session).keys()
