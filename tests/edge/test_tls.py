"""Beyond this machine the server speaks TLS 1.2 or newer, unless told otherwise."""

import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from leadline.http.certificate_end import end_of
from tests.edge.test_command_line import leadline
from tests.harness import CLIENT_ID, CLIENT_SECRET, Server, running, start_server, subscription, until

CERT, KEY = (Path(__file__).with_name(name) for name in ("localhost.pem", "localhost-key.pem"))


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    options = ("--host", "0.0.0.0", "--tls-cert", str(CERT), "--tls-key", str(KEY))
    yield from running(tmp_path_factory.mktemp("tls") / "data", subscription(), *options, workers=0)


def test_a_token_over_tls(secure: Server) -> None:
    """A client that checks the certificate is served."""
    assert secure.address.startswith("https://0.0.0.0:")
    params = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    with httpx.Client(verify=ssl.create_default_context(cafile=CERT)) as client:
        address = secure.address.replace("0.0.0.0", "localhost")
        assert client.get(f"{address}/identity/oauth/token", params=params).status_code == 200


@pytest.mark.parametrize(
    ("version", "accepted"),
    [
        (ssl.TLSVersion.TLSv1_1, False),
        (ssl.TLSVersion.TLSv1_2, True),
        (ssl.TLSVersion.TLSv1_3, True),
    ],
)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_versions(secure: Server, version: ssl.TLSVersion, accepted: bool) -> None:
    """ASVS 12.1.1: nothing older than TLS 1.2; only ciphers with forward secrecy."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(CERT)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    port = int(secure.address.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), 10) as plain:
        try:
            with context.wrap_socket(plain, server_hostname="localhost") as wrapped:
                cipher, _, _ = wrapped.cipher() or ("", "", 0)
                assert accepted
                assert cipher.startswith(("ECDHE-", "TLS_"))
        except ssl.SSLError:
            assert not accepted


def test_plain_http_on_the_tls_port(secure: Server) -> None:
    """No answer in plain text."""
    port = int(secure.address.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), 10) as plain:
        plain.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"HTTP" not in plain.recv(1000)


def test_wrong_certificates_are_one_sentence(tmp_path: Path) -> None:
    """Before anything is made or shown."""
    for options, code in (
        (("--tls-cert", CERT), 2),
        (("--tls-cert", KEY, "--tls-key", CERT), 1),
        (("--tls-cert", CERT, "--tls-key", __file__), 1),
    ):
        done = leadline("serve", "--data", "d", "--port", 0, *options, cwd=tmp_path)
        assert done.returncode == code
        assert done.stderr.count("\n") == 1, done.stderr
        assert done.stdout == ""
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "::ffff:127.0.0.1", "2001:db8::1"])
def test_hosts_beyond_this_machine_are_refused(host: str, tmp_path: Path) -> None:
    """13.2: exit 1, one sentence that names both ways out, and nothing is made."""
    done = leadline("serve", "--host", host, "--data", "d", "--port", 0, cwd=tmp_path)
    assert done.returncode == 1
    assert "--allow-plain-http" in done.stderr
    assert "--tls-cert" in done.stderr
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize("host", ["127.0.0.2", "localhost", "::1", "[::1]"])
def test_hosts_of_this_machine_are_served(host: str, tmp_path: Path) -> None:
    """Loopback by number or name."""
    for server in running(tmp_path / "d", subscription(), "--host", host, workers=0):
        assert httpx.get(f"{server.address}/health/ready").status_code == 200


def test_forwarded_headers_are_not_believed(secure: Server, tmp_path: Path) -> None:
    """ASVS 4.1.3: nobody passes for another host or scheme by a header."""
    address = secure.address.replace("0.0.0.0", "localhost")
    forged = {
        "X-Forwarded-Host": "987-XYZ-654.mktorest.com",
        "X-Forwarded-For": "10.0.0.1",
        "X-Forwarded-Proto": "http",
        "Forwarded": "for=10.0.0.1;host=987-XYZ-654.mktorest.com",
    }
    with httpx.Client(verify=ssl.create_default_context(cafile=CERT)) as client:
        token = {"Authorization": f"Bearer {secure_token(client, address)}"}
        answer = client.get(f"{address}/rest/v1/leads/partitions.json", headers=forged | token)
        assert answer.json()["success"] is True
        next_page = client.get(f"{address}//rest/v1/leads/partitions.json/", headers=forged | token)
        assert "location" not in next_page.headers


def secure_token(client: httpx.Client, address: str) -> str:
    params = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    return str(client.get(f"{address}/identity/oauth/token", params=params).json()["access_token"])


def test_a_renewed_certificate_is_taken(tmp_path: Path) -> None:
    """Without a restart: new connections have it, and a wrong one leaves the one before in use."""
    cert, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    for source, target in ((CERT, cert), (KEY, key)):
        shutil.copy(source, target)
    options = ("--tls-cert", str(cert), "--tls-key", str(key))
    server = start_server(tmp_path / "data", subscription(), *options, workers=0)
    port = int(server.address.rpartition(":")[2])

    def shown() -> str:
        return ssl.get_server_certificate(("127.0.0.1", port))

    def end() -> float:
        text = httpx.get(f"{server.address}/metrics", verify=False).text
        (told,) = re.findall(r"^leadline_certificate_end_timestamp_seconds (\S+)$", text, re.MULTILINE)
        return float(told)

    try:
        assert shown() == CERT.read_text("utf-8")
        assert end() == end_of(CERT.read_text("utf-8"))
        key.write_text("no key")
        server.wait_for("CertificateRefused")
        assert shown() == CERT.read_text("utf-8")
        command = [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
        ]
        new = [*command, "-subj", "/CN=localhost", "-days", "2", "-keyout", str(key), "-out", str(cert)]
        subprocess.run(new, check=True, capture_output=True)
        server.wait_for("CertificateRenewed")
        assert shown() == cert.read_text("utf-8")
        until(lambda: end() == end_of(cert.read_text("utf-8")))
    finally:
        assert server.stop() == 0
