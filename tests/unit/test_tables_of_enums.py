"""A table keyed by an enum has a line for each member, or its module cannot be imported."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import leadline

PACKAGE = Path(leadline.__file__).parent
TABLES = {
    "engine/cells.py": ["Cell.TEXT", "Cell.PERCENT", "Cell.DATETIME"],
    "engine/keys.py": ["Storage.TEXT", "Storage.REAL"],
    "store/postgres_session.py": ["Storage.TEXT", "Storage.REAL"],
    "merging/memberships.py": ["Outcome.CREATED", "Outcome.FAILED"],
    "imports/requests.py": ["JobKind.LEAD", "JobKind.OBJECT"],
}


def without_line(source: str, member: str) -> Iterator[str]:
    """Yield the source without one line of one of its tables, for each table that has one."""
    for found in re.finditer(
        rf"{re.escape(member)}: (?:\"[^\"]*\"|[\w.]+(?:\(\))?)(?:, |,\n|(?=\}}))", source
    ):
        yield source[: found.start()] + source[found.end() :]


@pytest.mark.parametrize(
    ("file", "member"), [(file, member) for file, members in TABLES.items() for member in members]
)
def test_a_forgotten_line_is_named_at_import(file: str, member: str) -> None:
    source = (PACKAGE / file).read_text("utf-8")
    broken = list(without_line(source, member))
    assert broken, f"{file} has no table with {member}"
    name, label = member.split(".")[0], member.split(".")[1].lower()
    for each in broken:
        with pytest.raises(TypeError, match=f"no line for {name} .*{label}"):
            exec(compile(each, file, "exec"), {"__name__": f"broken.{file}"})


def test_every_table_of_an_enum_is_guarded() -> None:
    """What looks like such a table stands in `line_for_each`, so that none is added without it."""
    tables = re.compile(
        r"(line_for_each\(\s*\w+,\s*)?\{\s*(?:Cell|Storage|JobKind|FileFormat|Status|Outcome)\.[A-Z_]+:"
    )
    for path in sorted(PACKAGE.rglob("*.py")):
        for found in tables.finditer(path.read_text("utf-8")):
            assert found.group(1), f"{path.relative_to(PACKAGE)}: {found.group(0)}"
