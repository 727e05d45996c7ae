"""A push starts at once: help needs no HTTP, and nothing of a push needs what the server runs on."""

import resource
import subprocess
import sys

import pytest

import leadline.client
from tests.processes import LEADLINE

HELP_SECONDS = 0.2
NOT_FOR_HELP = {"httpx", "rich", "pyarrow", "asyncio", "csv"}
NOT_FOR_PUSHES = {"polars", "starlette", "pydantic", "adbc_driver_manager", "psycopg", "jinja2", "uvloop"}


def loaded(module: str) -> set[str]:
    """Return what is loaded when a module is."""
    script = f"import {module}, sys; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stdout.split()}


def test_help_is_there_at_once() -> None:
    """By processor time, the least of three: the machine may be busy."""

    def seconds() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([LEADLINE, "push", "--help"], capture_output=True, text=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert "Examples:" in done.stdout
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(seconds() for _ in range(3)) < HELP_SECONDS


def test_help_needs_no_http() -> None:
    assert not loaded("leadline.cli.push") & (NOT_FOR_HELP | NOT_FOR_PUSHES)


@pytest.mark.parametrize("module", ["leadline.cli.push_run", "leadline.cli.push_manifest"])
def test_a_push_needs_nothing_of_the_server(module: str) -> None:
    found = loaded(module)
    assert "httpx" in found
    assert not found & (NOT_FOR_PUSHES | {"pyarrow"})


def test_what_only_unix_has_is_not_needed() -> None:
    """Windows lacks these modules: a push runs there."""
    script = (
        "import sys\n"
        "for name in ('resource', 'fcntl', 'uvloop', 'termios', 'grp', 'pwd'): sys.modules[name] = None\n"
        "import leadline.cli.push_run, leadline.cli.push_manifest, leadline.testing\n"
        "from leadline.cli.main import main\n"
        "sys.argv = ['leadline', 'push', '--help']\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Usage: leadline push" in done.stdout


def test_what_the_client_offers_is_there() -> None:
    assert all(getattr(leadline.client, name) for name in leadline.client.__all__)
    assert not hasattr(leadline.client, "nothing")
