"""Stores that nobody uses are closed for others, those in use never."""

import os
from contextlib import ExitStack
from pathlib import Path

from leadline.store import catalog
from leadline.store.open_files import OpenFiles
from leadline.store.sqlite import SqliteDatabase

STORES, FILES_MAX = 12, 20


def files_of(folder: Path) -> set[str]:
    """Return which stores this process has open."""
    opened = []
    for each in Path("/proc/self/fd").iterdir():
        try:
            opened.append(Path(os.readlink(each)))
        except FileNotFoundError:  # the descriptor of this reading
            continue
    return {path.name for path in opened if path.parent == folder and path.suffix == ".db"}


def test_least_recently_used_first(tmp_path: Path) -> None:
    """Behind many stores those used last are open, and the one whose transaction is still on; each works again."""
    open_files = OpenFiles(FILES_MAX)
    stores = [
        SqliteDatabase(tmp_path / f"{number}.db", "subscription", open_files=open_files)
        for number in range(STORES)
    ]
    for store in stores:
        store.migrate()
    with ExitStack() as stack:
        used = stack.enter_context(stores[0].read())
        for store in stores[1:]:
            with store.write() as session:
                catalog.begin(session, store.path.stem)
        assert not catalog.is_begun(used)
        opened = files_of(tmp_path)
        assert "0.db" in opened
        assert f"{STORES - 1}.db" in opened
        assert len(opened) <= FILES_MAX // 4
    for store in stores[1:]:
        with store.read() as session:
            assert catalog.is_begun(session)
    for store in stores:
        store.close()
    assert files_of(tmp_path) == set()
