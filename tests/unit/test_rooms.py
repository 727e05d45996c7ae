"""The house stays small: few rooms, few arrows between them, and a way down from each (docs/explanation/how-it-works.md).

A room is what stands directly in the package: a folder or a file. An arrow goes from a room to one that it imports.
"""

import ast
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import leadline

PACKAGE = Path(leadline.__file__).parent
ROOMS_MAX = 22
ARROWS_PER_ROOM_MAX = 4.4


@cache
def rooms() -> dict[str, list[Path]]:
    """Return each room's name with its files."""
    files: dict[str, list[Path]] = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        name = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if name != "__init__":
            files.setdefault(name, []).append(file)
    return files


def imported(file: Path) -> set[str]:
    """Return the rooms that a file imports, at its head or later."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [f"{node.module}.{each.name}" for each in node.names]
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith("leadline.")}
    return found & set(rooms())


@cache
def arrows() -> dict[str, set[str]]:
    """Return each room with the other rooms that it imports."""
    return {
        room: set().union(*(imported(file) for file in files)) - {room} for room, files in rooms().items()
    }


def test_rooms_and_arrows_are_few() -> None:
    found = arrows()
    count = sum(map(len, found.values()))
    assert len(found) <= ROOMS_MAX, sorted(found)
    assert count / len(found) <= ARROWS_PER_ROOM_MAX, {room: sorted(found[room]) for room in found}


def test_no_circle() -> None:
    """Where two rooms import each other, neither can be read or changed alone."""
    TopologicalSorter(arrows()).prepare()  # raises CycleError, which names the circle


def test_each_room_says_what_it_is() -> None:
    """Its docstring says what lives there, what it may touch, and which file to read first."""
    for room, files in rooms().items():
        head = files[0] if files[0].stem == room else PACKAGE / room / "__init__.py"
        said = ast.get_docstring(ast.parse(head.read_text("utf-8")))
        assert said, room
        if head.name == "__init__.py":
            assert "Read `" in said, room
            first = said.partition("Read `")[2].partition("`")[0]
            assert (PACKAGE / room / first).exists(), (
                f"{room} tells to read {first} first, which is not there"
            )
