"""The page of TLS and proxies: its commands, and its files in nginx and Caddy where these are installed."""

import os
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL

import httpx
import pytest

from tests.conftest import storing
from tests.docs.page_blocks import block
from tests.harness import CLIENT_ID, CLIENT_SECRET, Server, running, subscription, until
from tests.processes import LEADLINE
from tests.sockets import free_port

PAGE = "docs/how-to/tls-and-proxies.md"
PUBLIC = "https://localhost"


@pytest.fixture(scope="module", autouse=True)
def store() -> Iterator[str]:
    """SQLite alone: what is proved lies before any store."""
    yield from storing("sqlite")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the certificate that the page makes."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(["bash", "-euc", block(PAGE, "openssl req")], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server as the page starts it behind a proxy; the proxies' ports are part of the public address."""
    variables = dict(re.findall(r"^export (\w+)=(\S+)$", block(PAGE, "export"), re.MULTILINE))
    assert block(PAGE, "export").endswith("\nleadline serve\n")
    variables["LEADLINE_SERVER__PUBLIC_URL"] = PUBLIC
    yield from running(tmp_path_factory.mktemp("proxied") / "data", subscription(), workers=0, env=variables)


def test_tls_of_its_own(folder: Path) -> None:
    port = str(free_port())
    command = block(PAGE, "leadline serve --host").replace("8443", port).split()
    asked = block(PAGE, "curl").replace("8443", port).replace("curl", "curl -fs")
    with subprocess.Popen([LEADLINE, *command[1:]], cwd=folder, stdout=DEVNULL, stderr=DEVNULL) as process:
        try:
            until(lambda: not subprocess.run(["bash", "-c", asked], cwd=folder, check=False).returncode)
        finally:
            process.terminate()


def test_what_a_deploy_hook_copies(tmp_path: Path) -> None:
    script = (
        block(PAGE, "install").replace("/etc/leadline", str(tmp_path)).replace("leadline ", f"{os.getuid()} ")
    )
    for name in ("fullchain.pem", "privkey.pem"):
        (tmp_path / name).write_text(name)
    subprocess.run(["bash", "-euc", script], env=os.environ | {"RENEWED_LINEAGE": str(tmp_path)}, check=True)
    assert [oct((tmp_path / name).stat().st_mode)[-3:] for name in ("chain.pem", "key.pem")] == ["644", "600"]


@contextmanager
def proxied(command: list[str], folder: Path, port: int) -> Iterator[httpx.Client]:
    context = ssl.create_default_context(cafile=folder / "chain.pem")
    with subprocess.Popen(
        command, cwd=folder, stdout=DEVNULL, stderr=DEVNULL, env=os.environ | {"HOME": str(folder)}
    ) as process:
        try:
            with httpx.Client(base_url=f"https://localhost:{port}", verify=context, timeout=60) as client:
                until(lambda: answers(client))
                yield client
        finally:
            process.terminate()


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/health/live").status_code == 200
    except httpx.HTTPError:
        return False


def hold(client: httpx.Client, prefix: str = "") -> None:
    """Hold what the page promises of a proxy: large uploads go through, the server's own limit is told."""
    query = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    token = client.get(f"{prefix}/identity/oauth/token", params=query).json()["access_token"]

    def post(size: int) -> httpx.Response:
        rows = b"email,firstName\n" + b"a@example.com,Ada\n" * (size // 18)
        return client.post(
            f"{prefix}/bulk/v1/leads.json",
            files={"file": ("leads.csv", rows, "text/csv")},
            headers={"Authorization": f"Bearer {token}"},
        )

    assert post(9_000_000).json()["success"] is True
    refused = post(11_000_000)
    assert refused.status_code == 413
    assert "a file has at most 10485759 bytes" in refused.text
    login = client.get(f"{prefix}/console/login")
    assert login.status_code == 200, login.text
    assert "sets LEADLINE_SERVER__PUBLIC_URL" not in login.text


def nginx_at(folder: Path, server: Server) -> tuple[list[str], int]:
    port = free_port()
    site = block(PAGE, "limit_req_zone").replace("http://127.0.0.1:8080", server.address)
    site = site.replace("listen 443", f"listen 127.0.0.1:{port}").replace("/etc/nginx", str(folder))
    below = block(PAGE, "location /crm/").replace("http://127.0.0.1:8080", server.address)
    site = site.replace("    location / {", f"{below}    location / {{", 1)
    parts = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{part}_temp_path {folder}/{part};\n" for part in parts)
    user = "user root;\n" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"daemon off;\n{user}pid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{paths}{site}}}\n"
    )
    return ["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")], port


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not on this machine: apt install nginx")
def test_nginx(folder: Path, server: Server) -> None:
    command, port = nginx_at(folder, server)
    with proxied(command, folder, port) as client:
        hold(client)
        hold(client, "/crm")
        assert client.get("/metrics").status_code == 404
        statuses = [client.get("/identity/nothing").status_code for _ in range(60)]
        assert (statuses[0], 503 in statuses) == (200, True), "logins have a limit"


@pytest.mark.skipif(shutil.which("caddy") is None, reason="caddy is not on this machine: apt install caddy")
def test_caddy(folder: Path, server: Server) -> None:
    port = free_port()
    site = block(PAGE, "crm.example.com").replace("127.0.0.1:8080", server.address.removeprefix("http://"))
    site = site.replace("crm.example.com {", f"https://localhost:{port} {{\n    tls chain.pem key.pem")
    (folder / "Caddyfile").write_text(f"{{\n    admin off\n    auto_https disable_redirects\n}}\n{site}")
    with proxied(["caddy", "run", "--adapter", "caddyfile", "--config", "Caddyfile"], folder, port) as client:
        hold(client)
        assert client.get("/metrics").status_code == 404
