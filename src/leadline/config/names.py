"""The names of settings: their paths, and which known one is nearest to one that is unknown."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from leadline.config.models import KINDS, Settings
from leadline.model.rules import Section

SettingPath = tuple[str, ...]
"""The name of a setting, behind that of its section if it is in one."""


def paths_of(kind: type[Settings]) -> Iterator[SettingPath]:
    """Yield the path of each setting of a command, in the order of its model."""
    for name, field in kind.model_fields.items():
        if isinstance(field.default, Section):
            yield from ((name, each) for each in type(field.default).model_fields)
        else:
            yield (name,)


def all_paths() -> set[SettingPath]:
    """Return the path of each setting of each command; environment and file may name any of them."""
    return {path for kind in KINDS for path in paths_of(kind)}


def unknown(name: str, known: Iterable[str]) -> str:
    """Return what is wrong with a name that no setting has."""
    return f"there is no such setting; the nearest name is {get_close_matches(name, known, 1, 0)[0]}"


def unknown_in_file(path: Iterable[int | str], value: object) -> str:
    """Return what is wrong with a key of `leadline.toml` that no setting has; a table means a section."""
    paths, is_table = all_paths(), isinstance(value, dict)
    known = {each[0] for each in paths if len(each) > 1} if is_table else {".".join(each) for each in paths}
    return unknown(".".join(map(str, path)), sorted(known))
