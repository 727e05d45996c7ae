"""Where a server is and who calls it: from a URL or a munchkin id, the environment or a file of secrets."""

import ipaddress
import json
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from leadline.client.errors import PushError

URL, CLIENT_ID, CLIENT_SECRET = "LEADLINE_URL", "LEADLINE_CLIENT_ID", "LEADLINE_CLIENT_SECRET"
WHERE_SAID = f"{CLIENT_ID} and {CLIENT_SECRET} in the environment, or a file that --credentials names"
_MUNCHKIN_ID = re.compile(r"\d{3}-[A-Za-z]{3}-\d{3}")
_ENDPOINTS = re.compile(r"/(rest|identity|bulk)(/.*)?$")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Login:
    """The address of a server, without a slash at its end, and what buys a token there."""

    address: str
    client_id: str
    client_secret: str = field(repr=False)


def find_login(
    to: str | None = None,
    credentials: Path | None = None,
    environment: Mapping[str, str] | None = None,
    *,
    allow_plain_http: bool = False,
) -> Login:
    """Return where to push and as whom; raises `PushError` that names all that is missing.

    What the file of credentials says stands over the environment, and `to` over both.
    """
    known = dict(os.environ if environment is None else environment)
    if credentials is not None:
        known.update(_read(credentials))
    where = to or known.get(URL, "")
    faults = [] if where else [f"Say where to push: give --to, or set {URL}."]
    faults += [
        f"Set {name} in the environment, or give --credentials with a file that has it."
        for name in (CLIENT_ID, CLIENT_SECRET)
        if not known.get(name)
    ]
    if faults:
        raise PushError(*faults)
    address = address_of(where, allow_plain_http=allow_plain_http)
    return Login(address, known[CLIENT_ID].strip(), known[CLIENT_SECRET].strip())


def address_of(to: str, *, allow_plain_http: bool = False) -> str:
    """Return the address that a URL or a munchkin id names; raises `PushError`."""
    text = to.strip()
    if _MUNCHKIN_ID.fullmatch(text):
        return f"https://{text.lower()}.mktorest.com"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = None, None, None
    if not parts or parts.scheme not in ("http", "https") or not host or port == 0 or not text.isprintable():
        raise PushError(
            f"{to!r} is no address of a server: give a URL such as https://123-abc-456.mktorest.com, "
            "or a munchkin id such as 123-ABC-456."
        )
    if parts.username is not None or parts.query or parts.fragment:
        raise PushError("An address has no user name, password or parameters: secrets do not belong there.")
    if parts.scheme == "http" and not allow_plain_http and not is_here(host):
        raise PushError(
            f"http://{host} would send the secret in plain text: use https, or --allow-plain-http where the "
            "network is your own."
        )
    return _ENDPOINTS.sub("", text.rstrip("/")).rstrip("/")


def is_here(host: str) -> bool:
    """Tell whether a host is this very machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _read(path: Path) -> dict[str, str]:
    """Return what a file says that is JSON, or lines of NAME=VALUE; it must be its owner's alone."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(1024 * 1024).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise PushError(f"The credentials {path} cannot be read: {_why(error)}.") from None
    if os.name == "posix" and mode & _OTHERS:
        raise PushError(f"Others may read the credentials {path}: run `chmod 600 {path}`.")
    if len(re.findall(r"^\{.*\}$", text, re.MULTILINE)) > 1:
        raise PushError(
            f"The credentials {path} are several, one on each line: put the line of one into a file of its "
            "own."
        )
    try:
        said = json.loads(text) if text.lstrip().startswith("{") else _lines(text)
        found = {_NAMES.get(name, name): value for name, value in said.items() if isinstance(value, str)}
    except (ValueError, RecursionError):
        raise PushError(f"The credentials {path} are neither JSON nor lines of NAME=VALUE.") from None
    if not found.keys() & {URL, CLIENT_ID, CLIENT_SECRET}:
        raise PushError(f"The credentials {path} have none of {URL}, {CLIENT_ID}, {CLIENT_SECRET}.")
    return found


_NAMES = {
    "url": URL,
    "clientId": CLIENT_ID,
    "clientSecret": CLIENT_SECRET,
    "client_id": CLIENT_ID,
    "client_secret": CLIENT_SECRET,
}
"""What the file of a sandbox calls them, and what a form of a token does."""


def _lines(text: str) -> dict[str, str]:
    found = {}
    for line in text.splitlines():
        name, sign, value = line.strip().removeprefix("export ").partition("=")
        if sign and not name.startswith("#"):
            found[name.strip()] = value.strip().strip("'\"")
        elif line.strip() and not line.strip().startswith("#"):
            raise ValueError(line)
    return found


def _why(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else "it is no text"
