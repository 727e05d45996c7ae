"""What the environment says of certificates and proxies, and how it is told where that is of no use."""

import asyncio
import json
from pathlib import Path

import pytest

from leadline.client import Exit, Login, PushError
from leadline.client.calls.transport import Transport
from tests.push.calls.babble import babble

CERTIFICATE = Path(__file__).parents[2] / "edge" / "localhost.pem"
TOKEN = {"token": (200, json.dumps({"access_token": "t", "expires_in": 3600}).encode())}
NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def buy_token(login: Login) -> str:
    async def work() -> str:
        transport = Transport(login)
        try:
            return await transport._tokens.get()
        finally:
            await transport.close()

    return asyncio.run(work())


def test_a_certificate_is_trusted_that_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    with babble(TOKEN, CERTIFICATE) as login:
        with pytest.raises(
            PushError, match=r"certificate of https://localhost:\d+ is not trusted"
        ) as refused:
            buy_token(login)
        assert refused.value.exit_code is Exit.REFUSED
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        assert buy_token(login) == "t"


@pytest.mark.parametrize("name", [__file__, "none.pem"])
def test_certificates_that_cannot_be_read_are_told(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", name)
    with pytest.raises(PushError, match="SSL_CERT_FILE or SSL_CERT_DIR names cannot be read") as refused:
        buy_token(Login("https://marketo.example.com", "i", "s"))
    assert refused.value.exit_code is Exit.USAGE


@pytest.mark.parametrize("name", ["HTTP_PROXY", "ALL_PROXY"])
def test_no_proxy_stands_before_this_machine(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """It would look for the server on its own machine, and hear the secret."""
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    with babble(TOKEN) as login:
        assert buy_token(login) == "t"


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "gopher://x", "http://[::1"])
def test_a_proxy_that_cannot_be_used_is_told(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(PushError, match="The proxy that HTTP_PROXY, HTTPS_PROXY or ALL_PROXY") as refused:
        buy_token(Login("https://marketo.example.com", "i", "s"))
    assert refused.value.exit_code is Exit.USAGE
