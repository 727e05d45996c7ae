"""`leadline health`: whether a server is ready, for the health checks of containers."""

import json
import ssl
import threading
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from urllib.parse import SplitResult, urlsplit

import click

from leadline.cli.outputs import say
from leadline.config import Settings, load_settings
from leadline.errors import OperatorError

_SECONDS_MAX = 5
_BYTES_MAX = 1000
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Addresses at which a server listens for all, and where it is found on its own machine."""


@click.command("health")
@click.option(
    "--url", metavar="URL", help="Address of the server.  [where `leadline serve` would listen here]"
)
def health_command(url: str | None) -> None:
    """Exit with 0 when the server is ready.

    Else it says why, and exits with 1. A server is ready when a file posted now is taken up at
    once. Without --url it asks the one on this machine, at host and port of the environment or
    leadline.toml. It waits for 5 seconds at most. On this machine the name in a certificate does
    not matter.
    """
    address = url or _own_address(load_settings({}))
    status, said = _answer_in_time(_parts_of(address), is_own=url is None)
    if status != 200:
        raise OperatorError(f"{address} is not ready ({said}).")
    say(f"{address} is ready")


def _own_address(settings: Settings) -> str:
    """Return where a server with these settings is found on its own machine; raises `OperatorError`."""
    if not settings.port:
        raise OperatorError("With port 0 the server picks its port at each start: name it with --url.")
    host = settings.host.strip("[]")
    host = _ANYWHERE.get(host, host)
    scheme = "https" if settings.tls_cert else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _parts_of(address: str) -> SplitResult:
    """Return the parts of a URL; raises `UsageError` for what is none."""
    with suppress(ValueError):
        parts = urlsplit(address)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return parts
    raise click.UsageError(f"{address} is no URL of a server. Give one such as http://127.0.0.1:8080")


def _answer_in_time(parts: SplitResult, *, is_own: bool) -> tuple[int, str]:
    """Return the HTTP status and the reason of an answer.

    Raises `OperatorError` when there is none in time: looking up a name has no time limit of its own.
    """
    answers: SimpleQueue[tuple[int, str] | Exception] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(_answer(parts, is_own=is_own))
        except (OSError, HTTPException, ValueError) as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    address = f"{parts.scheme}://{parts.netloc}"
    try:
        answer = answers.get(timeout=_SECONDS_MAX)
    except Empty:
        raise OperatorError(f"{address} gives no answer within {_SECONDS_MAX} seconds.") from None
    if isinstance(answer, Exception):
        why = getattr(answer, "strerror", None) or answer
        raise OperatorError(f"{address} gives no answer: {why}. Start the server, or name it with --url.")
    return answer


def _answer(parts: SplitResult, *, is_own: bool) -> tuple[int, str]:
    """Ask the server, without any proxy; nothing that is secret goes there."""
    host = parts.hostname or ""
    if parts.scheme == "https":
        context = ssl.create_default_context()
        if is_own or _is_loopback(host):  # its certificate has the name by which others call it
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection: HTTPConnection = HTTPSConnection(host, parts.port, timeout=_SECONDS_MAX, context=context)
    else:
        connection = HTTPConnection(host, parts.port, timeout=_SECONDS_MAX)
    with closing(connection):
        connection.request("GET", f"{parts.path.rstrip('/')}/health/ready", headers={"Connection": "close"})
        response = connection.getresponse()
        said = f"it answers {response.status}"
        with suppress(ValueError, KeyError, TypeError):
            said = str(json.loads(response.read(_BYTES_MAX))["status"])
        return response.status, said


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"
