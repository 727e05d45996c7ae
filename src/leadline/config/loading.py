"""From options, environment and file to the settings of a command, or to all that is wrong with them."""

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from leadline.config.environment import env_name, is_service_link, read_environment, service_link
from leadline.config.models import KINDS, Settings, StoreSettings
from leadline.config.names import SettingPath, unknown_in_file
from leadline.errors import OperatorError
from leadline.model.dataclass import dataclass

FILE = Path("leadline.toml")

K = TypeVar("K", bound=Settings)


@dataclass(frozen=True, slots=True)
class Sources:
    """What was said, from the strongest source to the weakest; the environment is told by path.

    `faults` has what is wrong with each name of the environment that no setting has.
    """

    flags: Mapping[str, Any]
    environment: dict[SettingPath, str]
    file: dict[str, Any]
    faults: dict[str, str]

    def merged(self, kind: type[StoreSettings]) -> dict[str, Any]:
        """Return what is set, the strongest source last; what only other commands have is left out."""
        merged = deepcopy(self.file)
        for path, value in self.environment.items():
            section = merged if len(path) == 1 else merged.setdefault(path[0], {})
            if isinstance(section, dict):  # what is none in the file is a fault of its own
                section[path[-1]] = value
        for name, value in self.flags.items():
            nested = isinstance(value, dict) and isinstance(merged.get(name), dict)
            merged[name] = merged[name] | value if nested else value
        of_others = {name for each in KINDS for name in each.model_fields} - kind.model_fields.keys()
        return {name: value for name, value in merged.items() if name not in of_others}


def read_sources(flags: Mapping[str, Any]) -> Sources:
    """Return what was said; what a flag says counts as said by nobody else.

    Raises `OperatorError` for a file that cannot be read.
    """
    environment, faults = read_environment()
    return Sources(
        flags,
        {path: value for path, value in environment.items() if not says(flags, path)},
        _read_file(),
        faults,
    )


def says(source: Mapping[str, Any], path: SettingPath) -> bool:
    """Tell whether nested values say what is at a path."""
    value = source.get(path[0])
    return path[0] in source and (len(path) == 1 or (isinstance(value, dict) and path[1] in value))


def load_settings(flags: Mapping[str, Any]) -> Settings:
    """Build the settings of a server; see `load`."""
    return load(Settings, flags)


def load(kind: type[K], flags: Mapping[str, Any]) -> K:
    """Build the settings of a command; `flags` holds only what was given on the command line.

    Raises `OperatorError` naming every fault at once.
    """
    return build((kind,), read_sources(flags))[0]


def build(kinds: tuple[type[K], ...], sources: Sources) -> list[K]:
    """Build settings of several commands; raises `OperatorError` naming every fault of them once."""
    faults, built = dict(sources.faults), list[K]()
    for kind in kinds:
        merged = sources.merged(kind)
        port = sources.environment.get(("port",))
        if port is not None and is_service_link(port):
            faults[env_name("port")] = service_link(port)
            del merged["port"]
        try:
            built.append(kind(**merged))
        except ValidationError as error:
            for fault in error.errors():
                name = _shown(fault["loc"], sources)
                is_unknown = fault["type"] == "extra_forbidden"
                faults[name] = unknown_in_file(fault["loc"], fault["input"]) if is_unknown else fault["msg"]
    if faults:
        told = "; ".join(f"{name}: {fault}" for name, fault in faults.items())
        raise OperatorError(f"The configuration is wrong. Fix this and start again: {told}.")
    return built


def find_store(flags: Mapping[str, Any]) -> StoreSettings | None:
    """Return where the store is although other settings are wrong; None when that is wrong too."""
    try:
        return StoreSettings(**read_sources(flags).merged(Settings))
    except (ValidationError, OperatorError):
        return None


def _read_file() -> dict[str, Any]:
    """Return what `leadline.toml` says, if it is there."""
    try:
        if FILE.exists() and not FILE.is_file():
            raise ValueError("it is no file")
        if not FILE.exists():
            return {}
        import tomllib  # 3 ms of a start, in each process

        return tomllib.loads(FILE.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise OperatorError(f"{FILE} cannot be read. Fix it and start again: {error}.") from error


def _shown(location: tuple[int | str, ...], sources: Sources) -> str:
    """Return the name of a setting where it was set: in the environment, or else its path."""
    names = [env_name(*path) for path in sources.environment if location[: len(path)] == path]
    return names[0] if names else ".".join(str(part) for part in location)
