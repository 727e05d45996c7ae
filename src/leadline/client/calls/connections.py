"""The connections to a server, with the certificates and the proxy that the environment names."""

import ssl
from dataclasses import dataclass

import httpx

from leadline import __version__
from leadline.client.calls.limits import AT_ONCE
from leadline.client.calls.login import is_here
from leadline.client.errors import PushError

_CONNECT_SECONDS = 15.0
_ANSWER_SECONDS = 70.0
_CREATE_SECONDS = 300.0
"""An answer that was not waited for leaves a piece unknown."""


@dataclass(frozen=True, slots=True)
class Connections:
    """What sends calls; creates go over connections of their own, each of them used once."""

    usual: httpx.AsyncClient
    creates: httpx.AsyncClient

    async def close(self) -> None:
        """Close them."""
        await self.usual.aclose()
        await self.creates.aclose()


def connections_to(address: str) -> Connections:
    """Return connections to a server; raises `PushError` where the environment names what is of no use."""
    trusted = _trusted()  # one for both: to load it takes longer than a call
    try:
        return Connections(
            _client(address, trusted, _ANSWER_SECONDS, kept=AT_ONCE),
            _client(address, trusted, _CREATE_SECONDS, kept=0),
        )
    except (ValueError, ImportError, httpx.InvalidURL) as error:
        raise PushError(
            f"The proxy that HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names cannot be used ({error}): name one "
            "such as http://proxy.example.com:3128, or unset them."
        ) from None


def _client(address: str, trusted: ssl.SSLContext, seconds: float, *, kept: int) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=address,
        timeout=httpx.Timeout(seconds, connect=_CONNECT_SECONDS, pool=None),
        headers={"User-Agent": f"leadline-push/{__version__}"},
        verify=trusted,
        limits=httpx.Limits(max_keepalive_connections=kept),
        trust_env=not is_here(httpx.URL(address).host),  # a proxy would take its own machine for this one
    )


def _trusted() -> ssl.SSLContext:
    try:
        return httpx.create_ssl_context()
    except OSError as error:
        why = error.strerror or error
        raise PushError(
            f"The certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read: {why}."
        ) from None
