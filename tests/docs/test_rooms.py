"""The picture of the rooms, and the table below it, say what the code says."""

import re

from tests.docs.demo import ROOT
from tests.unit.test_rooms import PACKAGE, arrows, rooms

PICTURE = (ROOT / "docs" / "pictures" / "rooms.svg").read_text("utf-8")
PAGE = (ROOT / "docs" / "explanation" / "how-it-works.md").read_text("utf-8")
DRAWN = set(re.findall(r'data-from="(\w+)" data-to="(\w+)"', PICTURE))
BASE = set(re.findall(r'data-base="(\w+)"', PICTURE))


def imports() -> set[tuple[str, str]]:
    """Return each room with each other one that it imports."""
    return {(room, other) for room, others in arrows().items() for other in others}


def below(room: str) -> set[str]:
    """Return what can be reached from a room by the drawn arrows."""
    nexts = {end for start, end in DRAWN if start == room}
    return nexts.union(*map(below, nexts))


def test_each_room_is_drawn_once() -> None:
    assert sorted(re.findall(r'data-(?:room|base)="(\w+)"', PICTURE)) == sorted(rooms())


def test_each_arrow_is_an_import() -> None:
    assert DRAWN
    assert not DRAWN - imports()


def test_each_import_goes_down() -> None:
    """Along the arrows, or to what lies below all rooms; nothing there imports a room above."""
    upwards = {(start, end) for start, end in imports() if end not in below(start) | BASE}
    assert upwards == set()


def test_each_room_has_its_line_and_its_first_file() -> None:
    """The file to read first is the one that the room's docstring names."""
    lines = dict(re.findall(r"^\| `(\w+)` \| .+ \| `([\w/.]+)` \|$", PAGE, re.MULTILINE))
    assert set(lines) == set(rooms())
    for room, path in lines.items():
        head = PACKAGE / room / "__init__.py"
        first = re.findall(r"Read `(\w+\.py)`", head.read_text("utf-8"))[0] if head.exists() else None
        assert path == (f"{room}/{first}" if first else f"{room}.py")
