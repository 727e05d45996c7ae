"""The bench of reading pushed files goes through each kind of file and tells what it aims at."""

from pathlib import Path

from tests.bench.push import push


def test_each_kind_of_file_is_measured(tmp_path: Path) -> None:
    _, _, *rows = push(tmp_path, megabytes=1).splitlines()
    aims = [
        (cells[6].strip(), cells[9].strip(), cells[10].strip()) for cells in (row.split("|") for row in rows)
    ]
    assert aims == [("40", "1", "7"), ("40", "1", "7"), ("20", "1", "7")]
    assert list(tmp_path.iterdir()) == []
