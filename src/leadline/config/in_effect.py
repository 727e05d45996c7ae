"""What is in effect, and who says so: each setting with its source, fit to be shown."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from leadline.config.environment import env_name
from leadline.config.loading import FILE, Sources, build, read_sources, says
from leadline.config.models import KINDS, Settings
from leadline.config.names import SettingPath, paths_of
from leadline.model.dataclass import dataclass
from leadline.model.rules import Policy, Section

_COMMANDS = ("serve", "work", "demo", "sandbox")
"""Whose settings the kinds are; `leadline work` has those of `serve` and its own."""

_SECRETS = {("control_token",)}
_HIDDEN = "***"
_PASSWORD = re.compile(r"(?<=://)([^:@/]*):.*@")  # up to the last one: rather too much than a part of it
_SECRET_PARAMETER = re.compile(r"([?&]\w*(?:password|secret)\w*=)[^&]*")

Shown = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class InEffect:
    """A setting in effect; `source` is what says so, `default` where nothing does. `value` is no secret."""

    command: str
    path: SettingPath
    value: Shown
    source: str

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return env_name(*self.path)


def in_effect(flags: Mapping[str, Any]) -> list[InEffect]:
    """Return every setting of every command, those of `serve` first, of others what they have besides.

    Raises `OperatorError` naming every fault at once.
    """
    sources = read_sources(flags)
    found: list[InEffect] = []
    for command, kind, settings in zip(_COMMANDS, KINDS, build(KINDS, sources), strict=True):
        own = [path for path in paths_of(kind) if kind is Settings or path[0] in kind.__annotations__]
        found += [InEffect(command, path, _shown(settings, path), _source(sources, path)) for path in own]
    return found


def in_effect_for(policy: Policy, own: Iterable[SettingPath], server: list[InEffect]) -> Iterator[InEffect]:
    """Yield the limits and rules of one subscription; `own` are the paths that its file sets."""
    its_own = set(own)
    for each in server:
        if isinstance(section := getattr(policy, each.path[0], None), Section):
            source = "subscription file" if each.path in its_own else each.source
            yield InEffect(each.command, each.path, getattr(section, each.path[1]), source)


def without_password(url: str) -> str:
    """Return the URL of a database with what is secret in it replaced."""
    return _SECRET_PARAMETER.sub(rf"\1{_HIDDEN}", _PASSWORD.sub(rf"\1:{_HIDDEN}@", url))


def _shown(settings: Settings, path: SettingPath) -> Shown:
    value: Any = settings
    for name in path:
        value = getattr(value, name)
    if path in _SECRETS and value is not None:
        return _HIDDEN
    if path == ("database",) and value is not None:
        return without_password(value)
    return str(value) if isinstance(value, Path) else value


def _source(sources: Sources, path: SettingPath) -> str:
    if says(sources.flags, path):
        return "option"
    if path in sources.environment:
        return "environment"
    return str(FILE) if says(sources.file, path) else "default"
