"""A disk without room: the file that found none is named, and nothing of it is left."""

import errno
import tempfile
from pathlib import Path

import pytest

from leadline.client.errors import unwritable
from leadline.client.results.part_files import write_whole
from tests.push.whole.test_ends import no_room_behind


def test_a_result_file_without_room_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    """Also where what is written last finds none, which is tried once more as the file is closed."""
    path = tmp_path / "failures.csv"
    with no_room_behind(1000), pytest.raises(OSError, match="too large") as full, write_whole(path) as file:
        file.write(5000 * "x")
    assert unwritable(full.value).startswith(f"{path} cannot be written: File too large. Make room")
    assert list(tmp_path.iterdir()) == []


def test_the_folder_of_temporary_files_is_named() -> None:
    told = unwritable(OSError(errno.ENOSPC, "No space left on device"))
    assert told.startswith(
        f"A temporary file in {tempfile.gettempdir()} (TMPDIR names another folder) cannot"
    )
