"""Uploads, small and large: read back in parts, gone with their jobs, never half there."""

import errno
import io
import os
from pathlib import Path

import pytest

from leadline.errors import StoreFullError, UploadDamagedError
from leadline.model.jobs import Status
from leadline.store import admission, jobs, removals, store_files, upload_upkeep, uploads
from leadline.store.admission import SHARED_QUEUE, Queue
from leadline.store.base import Database
from tests.contract.store.places import MUNCHKIN_ID, NOW, SEATS, Place, begin, must_claim, request

SMALL = b"email\na@example.com\n"
LARGE = b"email\n" + b"person@example.com\n" * 150_000
"""More than two parts, the last not full."""
CONTENTS = {"small": SMALL, "large": LARGE, "whole parts": LARGE[: 2 * uploads.PART_BYTES]}


def admit(database: Database, content: bytes) -> int:
    """Admit a job with an upload as a call does."""
    with uploads.prepared(database, io.BytesIO(content), len(content)) as new, database.write() as session:
        upload = admission.Upload(new.keep(session), "email", len(content), 0)
        return admission.admit(session, request(), upload, NOW, Queue(SHARED_QUEUE, SEATS))


@pytest.fixture
def embedded(embedded_place: Place) -> Database:
    """A subscription's store that is a file."""
    stores = embedded_place.open()
    stores.prepare()
    begin(stores)
    return stores.subscription(MUNCHKIN_ID)


def files(database: Database) -> list[Path]:
    """Return the files that uploads are kept in."""
    folder = database.upload_files and database.upload_files.folder
    return sorted(folder.iterdir()) if folder and folder.exists() else []


def rows(database: Database) -> int:
    with database.read() as session:
        return int(session.built_rows("SELECT count(*) AS n FROM {schema}.job_file", {})[0]["n"])


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_they_are_read_back_in_parts(database: Database, content: bytes) -> None:
    """From any part on; when the job has ended nothing of them is left."""
    batch_id = admit(database, content)
    parts = [
        content[start : start + uploads.PART_BYTES] for start in range(0, len(content), uploads.PART_BYTES)
    ]
    assert list(uploads.blocks(database, batch_id)) == parts
    assert list(uploads.blocks(database, batch_id, part=1)) == parts[1:]
    assert list(uploads.blocks(database, batch_id, part=len(parts))) == []
    job = must_claim(database)
    with database.write() as session:
        jobs.finish(session, job, Status.COMPLETE, "done", NOW)
    assert (list(uploads.blocks(database, batch_id)), files(database), rows(database)) == ([], [], 0)


def test_a_large_one_is_a_file_of_its_owner_alone(embedded: Database) -> None:
    """The database has no byte of it, and others may not read it."""
    admit(embedded, LARGE)
    (file,) = files(embedded)
    assert file.read_bytes() == LARGE
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    beside = [path for path in file.parent.parent.iterdir() if path.is_file()]
    assert not any(b"person@example.com" in path.read_bytes() for path in beside)


def test_a_small_one_is_no_file(embedded: Database) -> None:
    """It is synced with its job."""
    admit(embedded, SMALL)
    assert files(embedded) == []


def test_one_that_was_written_where_it_stays_is_not_copied(embedded: Database) -> None:
    """While it comes it has no name, so a crash leaves nothing; then it is given one. It may have that only once: a
    second one is of a copy.
    """
    with uploads.spool(embedded) as content:
        content.write(LARGE)
        assert files(embedded) == []
        for is_same in (True, False):
            with uploads.prepared(embedded, content, len(LARGE)):
                (file,) = files(embedded)
                assert file.read_bytes() == LARGE
                assert (file.stat().st_ino == os.fstat(content.fileno()).st_ino) is is_same
            assert files(embedded) == []


class _RefusedError(Exception):
    pass


def _refused(database: Database, content: bytes, *, commits: bool) -> str:
    """Keep an upload in a block that raises, before its transaction commits or behind that."""
    with uploads.prepared(database, io.BytesIO(content), len(content)) as new:
        with database.write() as session:
            new.keep(session)
            if not commits:
                raise _RefusedError
        raise _RefusedError(new.name)
    raise AssertionError("the block raises")


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_what_is_refused_leaves_nothing(database: Database, content: bytes) -> None:
    """Neither where the transaction is refused, nor where it keeps none."""
    with pytest.raises(_RefusedError):
        _refused(database, content, commits=False)
    with uploads.prepared(database, io.BytesIO(content), len(content)):
        pass
    assert (files(database), rows(database)) == ([], 0)


def test_one_that_was_kept_stays_whatever_follows(database: Database) -> None:
    """An error behind the commit, such as one of an answer that was lost, takes no job's bytes away."""
    with pytest.raises(_RefusedError) as raised:
        _refused(database, LARGE, commits=True)
    assert b"".join(uploads.blocks_named(database, str(raised.value))) == LARGE


class _Unreadable(io.BytesIO):
    """What cannot be copied for want of space."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_no_space_leaves_no_file(embedded: Database) -> None:
    with pytest.raises(StoreFullError), uploads.prepared(embedded, _Unreadable(), len(LARGE)):
        raise AssertionError("it was not written")
    assert files(embedded) == []


def test_orphans_go_and_what_is_about_to_be_named_stays(embedded: Database, embedded_place: Place) -> None:
    """A crash leaves a file that no transaction has named, or one whose line is gone."""
    batch_id = admit(embedded, LARGE)
    (kept,) = files(embedded)
    (kept.parent / "orphan").write_bytes(b"x")
    with uploads.prepared(embedded, io.BytesIO(LARGE), len(LARGE)) as new:
        upload_upkeep.remove_orphans(embedded_place.database(worker=True))
        assert files(embedded) == sorted([kept, kept.parent / new.name])
    assert b"".join(uploads.blocks(embedded, batch_id)) == LARGE


@pytest.mark.parametrize("size", [None, 0, len(LARGE) - 1, uploads.PART_BYTES, len(LARGE) + 1])
def test_a_damaged_one_is_told(embedded: Database, size: int | None) -> None:
    """A file that is gone, cut short or longer is never read as if it were whole."""
    batch_id = admit(embedded, LARGE)
    assert list(upload_upkeep.faults(embedded)) == []
    (file,) = files(embedded)
    if size is None:
        file.unlink()
    else:
        os.truncate(file, size)
    with pytest.raises(UploadDamagedError):
        next(uploads.blocks(embedded, batch_id))
    assert [str(file) in fault for fault in upload_upkeep.faults(embedded)] == [True]


def test_one_that_goes_while_it_is_read_ends_early(database: Database) -> None:
    """Another worker may end a job: who reads on finds the end, not a fault."""
    batch_id = admit(database, LARGE)
    reading = uploads.blocks(database, batch_id)
    assert next(reading) == LARGE[: uploads.PART_BYTES]
    job = must_claim(database)
    with database.write() as session:
        jobs.finish(session, job, Status.COMPLETE, "done", NOW)
    assert list(reading) == []


def test_they_go_with_their_store(embedded: Database, embedded_place: Place) -> None:
    admit(embedded, LARGE)
    (file,) = files(embedded)
    removals.remove(embedded_place.open(), MUNCHKIN_ID)
    assert [path.name for path in file.parent.parent.iterdir()] == []


def test_a_folder_on_another_disk_goes_with_its_store(embedded: Database, tmp_path: Path) -> None:
    """A link may lead there; neither files nor the link are left."""
    assert embedded.upload_files is not None
    folder, elsewhere = embedded.upload_files.folder, tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    folder.symlink_to(elsewhere)
    admit(embedded, LARGE)
    assert len(files(embedded)) == 1
    store_files.remove(folder.with_suffix(".db"))
    assert not elsewhere.exists()
    assert not folder.is_symlink()
