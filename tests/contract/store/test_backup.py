"""A backup of embedded stores: it has what waits, uploads included, whatever ends while it is made."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from leadline.errors import OperatorError
from leadline.model.jobs import Status
from leadline.store import jobs, uploads
from leadline.store.backup import back_up
from leadline.store.base import Database, Session
from leadline.store.copied_store import copy_store
from leadline.store.directory import Stores
from leadline.store.directory_faults import faults_of
from leadline.store.sqlite import SqliteDatabase
from tests.contract.store.places import MUNCHKIN_ID, NOW, Place, begin, must_claim
from tests.contract.store.test_uploads import LARGE, SMALL, admit, files


@pytest.fixture
def stores(embedded_place: Place) -> Stores:
    """Embedded stores that hold one subscription."""
    stores = embedded_place.open()
    stores.prepare()
    begin(stores)
    return stores


def _end_one(database: Database) -> None:
    job = must_claim(database)
    with database.write() as session:
        jobs.finish(session, job, Status.COMPLETE, "done", NOW)


def test_a_server_starts_on_it(stores: Stores, tmp_path: Path) -> None:
    """Its stores have no fault, and jobs that wait have all their bytes; a second one needs a name of its own."""
    contents = [SMALL, LARGE, LARGE + b"x"]
    batch_ids = [admit(stores.subscription(MUNCHKIN_ID), content) for content in contents]
    backup = tmp_path / "backup"
    assert list(back_up(stores, backup)) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "data"]
    restored = Stores(backup)
    restored.prepare()
    assert list(faults_of(restored)) == []
    database = restored.subscription(MUNCHKIN_ID)
    assert [b"".join(uploads.blocks(database, each)) for each in batch_ids] == contents
    restored.close()
    with pytest.raises(OperatorError):
        list(back_up(stores, backup))


def test_a_job_that_ends_meanwhile_is_whole(stores: Stores, tmp_path: Path) -> None:
    """Its file is gone from the store when the copy takes it in."""
    database = stores.subscription(MUNCHKIN_ID)
    assert isinstance(database, SqliteDatabase)
    batch_id = admit(database, LARGE)

    def end(session: Session) -> None:
        _end_one(database)
        assert files(database) == []

    copy_store(database, tmp_path / "copy.db", end)
    copy = SqliteDatabase(tmp_path / "copy.db", "subscription")
    assert b"".join(uploads.blocks(copy, batch_id)) == LARGE
    copy.close()


def test_one_that_came_and_went_is_copied_as_gone(stores: Stores, tmp_path: Path) -> None:
    """Where a file came behind the look at the files, and went before it was taken in, all is done again."""
    database = stores.subscription(MUNCHKIN_ID)
    assert isinstance(database, SqliteDatabase)
    batch_id, times = admit(database, LARGE), 0

    def end(session: Session) -> None:
        nonlocal times
        times += 1
        if times == 1:
            session.run("add_part", upload="came-late", part=-1, bytes=b"300000")

    copy_store(database, tmp_path / "copy.db", end)
    copy = SqliteDatabase(tmp_path / "copy.db", "subscription")
    assert (times, b"".join(uploads.blocks(copy, batch_id)) == LARGE) == (2, True)
    copy.close()


def test_one_that_came_and_stays_is_copied(stores: Stores, tmp_path: Path) -> None:
    """A file that came behind the look at the files is no damaged one: all is done again with it."""
    database = stores.subscription(MUNCHKIN_ID)
    assert isinstance(database, SqliteDatabase)
    batch_ids: list[int] = []

    def come(session: Session) -> None:
        if not batch_ids:
            batch_ids.append(admit(database, LARGE))
            session.run("add_part", upload=files(database)[0].name, part=-1, bytes=str(len(LARGE)).encode())

    assert copy_store(database, tmp_path / "copy.db", come) == set()
    copy = SqliteDatabase(tmp_path / "copy.db", "subscription")
    assert b"".join(uploads.blocks(copy, batch_ids[0])) == LARGE
    copy.close()


DAMAGES: dict[str, Callable[[Path], None]] = {
    "gone": lambda path: None,
    "link to itself": lambda path: path.symlink_to(path),
    "pipe": os.mkfifo,
    "folder": Path.mkdir,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_upload_is_left_out(stores: Stores, tmp_path: Path, damage: Callable[[Path], None]) -> None:
    """A sentence names it, all else is in the copy; it is no reason to copy again and again, or to wait."""
    database = stores.subscription(MUNCHKIN_ID)
    admit(database, LARGE)
    (lost,) = files(database)
    lost.unlink()
    damage(lost)
    whole = admit(database, LARGE)
    (sentence,) = back_up(stores, tmp_path / "backup")
    assert (str(lost) in sentence, MUNCHKIN_ID in sentence) == (True, True)
    restored = Stores(tmp_path / "backup")
    assert ["missing or cut short" in fault for fault in faults_of(restored)] == [True]
    assert b"".join(uploads.blocks(restored.subscription(MUNCHKIN_ID), whole)) == LARGE
    restored.close()


@pytest.mark.parametrize("url", [None, "postgresql://localhost/elsewhere"])
def test_nothing_to_back_up(url: str | None, tmp_path: Path) -> None:
    """Where there is no store, and where it is on a database that has tools of its own."""
    with pytest.raises(OperatorError):
        list(back_up(Stores(tmp_path / "none", url), tmp_path / "backup"))
    assert list(tmp_path.iterdir()) == []
