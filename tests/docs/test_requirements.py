"""What is installed: pinned with hashes, from no named index, and newer than the known faults of parsers."""

import re
from pathlib import Path

import pytest

FILES = sorted(Path("requirements").glob("*.txt"))
FLOORS = {
    "starlette": (1, 3, 1),
    "multipart": (1, 2, 2),
    "python-multipart": (0, 0, 31),
    "h11": (0, 16, 0),
    "gunicorn": (23, 0, 0),
}


def pins(file: Path) -> dict[str, tuple[int, ...]]:
    found = re.findall(r"^([\w.-]+)==([\d.]+)", file.read_text(), re.M)
    return {
        name.lower(): tuple(int(part) for part in version.strip(".").split(".")) for name, version in found
    }


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_pinned_with_hashes_from_nowhere(file: Path) -> None:
    """ASVS 15.2.1."""
    text = file.read_text()
    entries = re.split(r"\n(?=\S)", text.strip())
    assert len(pins(file)) == len(entries) > 0
    assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"https?://|--index|--extra-index|--find-links|--trusted-host| @ ", text)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_parser_with_a_known_fault(file: Path) -> None:
    """The last release with an advisory is below each of these."""
    found = pins(file)
    too_old = {name: found[name] for name in FLOORS.keys() & found.keys() if found[name] < FLOORS[name]}
    assert too_old == {}
