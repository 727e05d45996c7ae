"""Configuration: one frozen object, from flags, environment, leadline.toml and defaults.

Precedence falls in that order. Environment names are `LEADLINE_<NAME>` for what options say, and
`LEADLINE_<SECTION>__<NAME>`.
"""

import os
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from leadline.errors import OperatorError
from leadline.model.rules import DEFAULT_RULES, Limits, Policy, Rules, Section

_FILE = Path("leadline.toml")
_PREFIX = "LEADLINE_"
_OF_OTHERS = re.compile(r"LEADLINE_(TEST_.*|URL|CLIENT_ID|CLIENT_SECRET|SERVICE_.*|PORT_.*)")
_SERVICE_LINK = re.compile(r"LEADLINE_\w+_(SERVICE_(HOST|PORT)|PORT)(_\w+)?")
_SERVICE_LINKS = (
    "Kubernetes sets this to '{}' for a service. "
    "Put `enableServiceLinks: false` into the specification of the pod"
)

SettingPath = tuple[str, ...]
"""The name of a setting, behind that of its section if it is in one."""

Given = dict[SettingPath, str]


class Export(Section):
    """How rows are given back."""

    escape_formulas: bool = Field(
        False, description="Put ' before cells of failure and warning files that a spreadsheet would compute"
    )


class Access(Section):
    """How callers prove who they are."""

    token_parameter: Literal["accept", "refuse"] = Field(
        "accept", description="Access token in query or form"
    )


class Server(Section):
    """The HTTP server."""

    metrics: bool = Field(True, description="Serve Prometheus text at /metrics")
    console: bool = Field(True, description="Serve the console at /console")
    public_url: str | None = Field(
        None,
        pattern=r"^https?://(\[[0-9a-fA-F:.]+\]|[^\s/?#@\\\[\]:]+)(:[0-9]+)?(/[^\s?#\\]*)?$",
        description="Address under which browsers reach the server, with its path behind a proxy",
    )
    connections_max: int = Field(4000, ge=1, description="Connections at once; fewer when files are scarce")
    connections_per_address_max: int = Field(2000, ge=1, description="Connections at once from one address")
    head_seconds: float = Field(10.0, gt=0, description="Time for a request's head to come, seconds")
    body_seconds: float = Field(300.0, gt=0, description="Time for a request's body to come, seconds")
    quiet_seconds: float = Field(
        75.0, gt=0, description="Time for which a connection may wait for its next request, seconds"
    )
    window_seconds: float = Field(10.0, gt=0, description="Time over which rates are averaged, seconds")
    body_bytes_per_second_min: int = Field(10_000, ge=0, description="Least rate of a body")


class Times(Section):
    """How long something may take before the server acts on it."""

    answer_seconds: float = Field(
        30.0,
        gt=0,
        description="Time for an answer, seconds; then it is 604. "
        "The original's slow calls have two to four times of it",
    )
    lease_seconds: float = Field(
        30.0, gt=0, description="Silence after which another machine's worker counts as dead, seconds"
    )
    silence_seconds: float = Field(
        10.0, ge=2, description="Silence after which a server kills a worker of its own, seconds"
    )
    sweep_seconds: float = Field(
        30.0, gt=0, description="Time after which a subscription without news is looked at for work, seconds"
    )
    upkeep_seconds: float = Field(
        60.0,
        gt=0,
        description="Time between two upkeeps of a worker: expired jobs and deleted bytes go",
    )


class Faults(Section):
    """For crash tests only: die with SIGKILL at an event."""

    kill_at: str | None = Field(None, description="Event name, or name:n for the nth time in a process")
    kill_once: Path | None = Field(None, description="File made before dying; while it exists nobody dies")


class StoreSettings(BaseModel):
    """Where the store is; it can be read when other settings are wrong."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    data: Path = Field(Path("leadline-data"), description="Directory of the embedded store")
    database: str | None = Field(
        None, pattern=r"^postgres(ql)?://", description="URL of a PostgreSQL server to use instead"
    )


class Settings(StoreSettings):
    """All settings of a server. `data` is the directory of the embedded store."""

    model_config = ConfigDict(extra="forbid")

    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 picks a free one")
    workers: int = Field(2, ge=0, le=256, description="Worker processes")
    setup: Path | None = Field(None, description="Subscription file to apply before serving")
    tls_cert: Path | None = Field(None, description="File of the certificate chain, PEM")
    tls_key: Path | None = Field(None, description="File of the private key, PEM, without a passphrase")
    allow_plain_http: bool = Field(False, description="Allow an address beyond this machine without TLS")
    limits: Limits = Limits.model_construct()
    rules: Rules = DEFAULT_RULES
    export: Export = Export.model_construct()
    access: Access = Access.model_construct()
    server: Server = Server.model_construct()
    times: Times = Times.model_construct()
    faults: Faults = Faults.model_construct()

    @property
    def policy(self) -> Policy:
        """The limits and rules of the server, for subscriptions that have none of their own."""
        return Policy(self.limits, self.rules)


class DemoSettings(Settings):
    """What `leadline demo` can be told besides."""

    data: Path = Field(Path("leadline-demo"), description="Directory of the demo's own store")
    examples: Path = Field(Path("examples"), description="Where subscription.yaml and leads.csv are")


class SandboxSettings(Settings):
    """What `leadline sandbox` can be told besides."""

    port: int = Field(0, ge=0, le=65535, description="Port to listen on; 0 picks a free one")
    control_token: str | None = Field(
        None, min_length=8, description="Token that each control call of a sandbox must bring"
    )
    allow_host: str | None = Field(
        None, description="Names, with commas between, under which a sandbox takes control calls"
    )
    random_seed: int = Field(0, ge=0, description="Number from which follows all that a sandbox generates")
    seed: Path | None = Field(None, description="Directory of CSV files that a sandbox begins with")
    ready_file: Path | None = Field(
        None, description="File into which a sandbox writes its address and credentials when it is ready"
    )
    print: Literal["json"] | None = Field(None, description="Form in which a sandbox prints the same")


KINDS: tuple[type[Settings], ...] = (Settings, DemoSettings, SandboxSettings)
"""One for each command with options of its own; environment and file may name what any of them has."""

K = TypeVar("K", bound=Settings)


def env_name(*path: str) -> str:
    """Return the name of a setting in the environment."""
    return _PREFIX + "__".join(path).upper()


def environment_with(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a program that is started, with some variables more."""
    return {**os.environ, **variables}


def let_arrow_give_back() -> None:
    """Let Arrow take memory of an allocator that returns what is freed; this comes before Arrow is used.

    The one it takes by itself keeps 80 MB of an import of 10 MB, and 5 MB of none. Who starts the program
    may choose another. Beside other C libraries than the GNU one Arrow may lack it, and would complain.
    """
    if "CS_GNU_LIBC_VERSION" in os.confstr_names:
        os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "jemalloc")


def load_settings(flags: Mapping[str, Any]) -> Settings:
    """Build the settings of a server; see `load`."""
    return load(Settings, flags)


def load(kind: type[K], flags: Mapping[str, Any]) -> K:
    """Build the settings of a command; `flags` holds only what was given on the command line.

    Raises `OperatorError` naming every fault at once.
    """
    given, faults = _environment(flags)
    if str(given.get(("port",), "")).startswith("tcp://"):
        faults.append(f"{env_name('port')}: {_SERVICE_LINKS.format(given.pop(('port',)))}")
    try:
        settings = kind(**_merged(kind, given, flags))
    except ValidationError as error:
        faults += [f"{_shown(fault['loc'], given)}: {fault['msg']}" for fault in error.errors()]
    if faults:
        raise OperatorError(f"The configuration is wrong. Fix this and start again: {'; '.join(faults)}.")
    return settings


def find_store(flags: Mapping[str, Any]) -> StoreSettings | None:
    """Return where the store is although other settings are wrong; None when that is wrong too."""
    try:
        return StoreSettings(**_merged(Settings, _environment(flags)[0], flags))
    except (ValidationError, OperatorError):
        return None


def _merged(kind: type[Settings], given: Given, flags: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is set, the strongest source last; what only other commands have is left out."""
    merged = _file()
    for path, value in given.items():
        section = merged if len(path) == 1 else merged.setdefault(path[0], {})
        if isinstance(section, dict):  # what is none in the file is a fault of its own
            section[path[-1]] = value
    for name, value in flags.items():
        nested = isinstance(value, dict) and isinstance(merged.get(name), dict)
        merged[name] = merged[name] | value if nested else value
    of_others = {name for each in KINDS for name in each.model_fields} - kind.model_fields.keys()
    return {name: value for name, value in merged.items() if name not in of_others}


def _file() -> dict[str, Any]:
    """Return what `leadline.toml` says, if it is there."""
    try:
        if _FILE.exists() and not _FILE.is_file():
            raise ValueError("it is no file")
        if not _FILE.exists():
            return {}
        import tomllib  # 3 ms of a start, in each process

        return tomllib.loads(_FILE.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise OperatorError(f"{_FILE} cannot be read. Fix it and start again: {error}.") from error


def _environment(flags: Mapping[str, Any]) -> tuple[Given, list[str]]:
    """Return what the environment says and no flag does, by path, and a fault for each unknown name.

    An empty value counts as none. Names of tests and clients are left alone, and so is what Kubernetes
    makes of a service that is called leadline.
    """
    paths, given, faults = _paths(), Given(), list[str]()
    for name, value in sorted((name.upper(), value) for name, value in os.environ.items()):
        if not name.startswith(_PREFIX) or _OF_OTHERS.fullmatch(name):
            continue
        if name not in paths:
            faults.append(f"{name}: {_unknown(name, value, paths)}")
        elif value and not _has(flags, paths[name]):
            given[paths[name]] = value
    return given, faults


def _paths() -> dict[str, SettingPath]:
    """Return the path of each setting of each command, by its name in the environment."""
    fields = ((name, field.default) for kind in KINDS for name, field in kind.model_fields.items())
    paths: list[SettingPath] = []
    for name, default in fields:
        inner = type(default).model_fields if isinstance(default, Section) else ()
        paths += [(name, each) for each in inner] or [(name,)]
    return {env_name(*path): path for path in paths}


def _has(flags: Mapping[str, Any], path: SettingPath) -> bool:
    """Tell whether the flags say what is at a path."""
    value = flags.get(path[0])
    return path[0] in flags and (len(path) == 1 or (isinstance(value, dict) and path[1] in value))


def _unknown(name: str, value: str, known: Iterable[str]) -> str:
    """Return what is wrong with a name that no setting has."""
    if _SERVICE_LINK.fullmatch(name) or value.startswith("tcp://"):
        return _SERVICE_LINKS.format(value)
    return f"there is no such setting; the nearest name is {get_close_matches(name, known, 1, 0)[0]}"


def _shown(location: tuple[int | str, ...], given: Given) -> str:
    """Return the name of a setting where it was set: in the environment, or else its path."""
    names = [env_name(*path) for path in given if location[: len(path)] == path]
    return names[0] if names else ".".join(str(part) for part in location)
