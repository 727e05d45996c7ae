"""What the environment says; nothing else in the product reads it."""

import os
import re
from collections.abc import Mapping

from leadline.config.names import SettingPath, all_paths, unknown

_PREFIX = "LEADLINE_"
_OF_OTHERS = re.compile(r"LEADLINE_(TEST_.*|URL|CLIENT_ID|CLIENT_SECRET|SERVICE_.*|PORT_.*)")
_SERVICE_LINK = re.compile(r"LEADLINE_\w+_(SERVICE_(HOST|PORT)|PORT)(_\w+)?")
_SERVICE_LINKS = (
    "Kubernetes sets this to '{}' for a service. "
    "Put `enableServiceLinks: false` into the specification of the pod"
)


def env_name(*path: str) -> str:
    """Return the name of a setting in the environment."""
    return _PREFIX + "__".join(path).upper()


def read_environment() -> tuple[dict[SettingPath, str], dict[str, str]]:
    """Return what the environment says, by path, and what is wrong with each name that no setting has.

    An empty value counts as none. Names of tests and clients are left alone, and so is what Kubernetes
    makes of a service that is called leadline.
    """
    paths = {env_name(*path): path for path in all_paths()}
    given, faults = dict[SettingPath, str](), dict[str, str]()
    for name, value in sorted((name.upper(), value) for name, value in os.environ.items()):
        if not name.startswith(_PREFIX) or _OF_OTHERS.fullmatch(name):
            continue
        if name not in paths:
            is_link = _SERVICE_LINK.fullmatch(name) or is_service_link(value)
            faults[name] = service_link(value) if is_link else unknown(name, paths)
        elif value:
            given[paths[name]] = value
    return given, faults


def is_service_link(value: str | None) -> bool:
    """Tell whether a value is the address that Kubernetes sets for a service."""
    return value is not None and value.startswith("tcp://")


def service_link(value: str) -> str:
    """Return what is wrong with a variable that Kubernetes has set."""
    return _SERVICE_LINKS.format(value)


def environment_with(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a program that is started, with some variables more."""
    return {**os.environ, **variables}


def wants_colors() -> bool:
    """Tell whether a terminal is to be written to in colours (https://no-color.org)."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def let_arrow_give_back() -> None:
    """Let Arrow take memory of an allocator that returns what is freed; this comes before Arrow is used.

    The one it takes by itself keeps 80 MB of an import of 10 MB, and 5 MB of none. Who starts the program
    may choose another. Beside other C libraries than the GNU one Arrow may lack it, and would complain.
    """
    if "CS_GNU_LIBC_VERSION" in os.confstr_names:
        os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "jemalloc")
