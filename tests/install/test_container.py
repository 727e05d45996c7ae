"""The image: what the Dockerfile promises, held as far as it can be without a container engine."""

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.forms import only_long
from tests.harness import LEADLINE, subscription, until
from tests.install.bare import ROOT, TOOLS
from tests.install.dockerfile import Roots, copies, is_sent, read_stages
from tests.leftovers import children_of
from tests.processes import start_process

BUILD, IMAGE = STAGES = read_stages((ROOT / "Dockerfile").read_text("utf-8"))
IGNORED = (ROOT / ".dockerignore").read_text("utf-8")
ENDING_SECONDS = 10.0


def test_hadolint_finds_nothing() -> None:
    done = subprocess.run(
        [TOOLS / "hadolint", ROOT / "Dockerfile"], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_what_is_copied_is_there_and_sent() -> None:
    """All of it, and nothing that an operator keeps beside the sources."""
    paths = [path for from_stage, paths, _ in copies(BUILD) if from_stage is None for path in paths]
    assert {"src", "examples", "requirements/runtime.txt"} <= set(paths)
    for path in paths:
        assert (ROOT / path).exists(), path
        assert is_sent(path, IGNORED), path
    assert all(is_sent(path, IGNORED) for path in ("src/leadline/py.typed", "examples/leads.csv"))
    kept = (
        ".env",
        ".git/config",
        "leadline-data/control.db",
        "leadline-demo/credentials.json",
        "subscription.yaml",
    )
    assert not any(
        is_sent(path, IGNORED) for path in (*kept, ".venv/pyvenv.cfg", "src/leadline/__pycache__/x.pyc")
    )


def test_nothing_is_installed_without_a_hash() -> None:
    """The wheel itself is built from the sources, by what is pinned."""
    installs = [text for kind, text in BUILD.steps if kind == "RUN" and " install " in text]
    assert len(installs) == 2
    assert "--require-hashes" in installs[0]
    assert "--only-binary=:all:" in installs[0]
    assert "--no-deps --no-build-isolation" in installs[1]


def test_the_container_is_no_root_and_holds_no_secret() -> None:
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", IMAGE.last("USER"))
    assert set(IMAGE.variables()) == {"PATH", "LEADLINE_HOST"}, "who runs it chooses the rest"
    assert IMAGE.base == BUILD.base
    assert "slim" in IMAGE.base
    assert IMAGE.last("STOPSIGNAL") == "SIGTERM"
    assert IMAGE.command("VOLUME") == [IMAGE.last("WORKDIR")]
    assert IMAGE.command("ENTRYPOINT") + IMAGE.command("CMD") == ["leadline", "serve"]
    assert IMAGE.command("HEALTHCHECK") == ["leadline", "health"]


def test_it_refuses_to_be_reached_without_tls_until_told(tmp_path: Path) -> None:
    """In one sentence that names both ways out; the health check then says what it finds."""
    variables = {**os.environ, **IMAGE.variables(), "PATH": os.environ["PATH"], "LEADLINE_PORT": "0"}
    words = [LEADLINE, *IMAGE.command("CMD")]
    done = subprocess.run(words, env=variables, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "--allow-plain-http" in done.stderr
    assert list(tmp_path.iterdir()) == []


needs_namespaces = pytest.mark.skipif(
    subprocess.run(["unshare", "--pid", "--fork", "true"], capture_output=True, check=False).returncode != 0,
    reason="this user may make no namespace for processes, so none can be the first of one",
)


@needs_namespaces
def test_as_the_first_process_it_heeds_sigterm(tmp_path: Path) -> None:
    """The kernel lets the first process of a container pass over each signal that it does not take itself."""
    first = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
    variables = {**IMAGE.variables(), "PATH": os.environ["PATH"], "LEADLINE_ALLOW_PLAIN_HTTP": "true"}
    server = start_process(tmp_path / "d", subscription(), under=first, env=variables)
    try:
        assert server.run_import("email\nanna@example.com\n")["status"] == "Complete"
        (pid,) = children_of(server.process.pid)[:1]
        assert re.search(r"^NSpid:\s+\d+\s+1$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
        port = str(urlsplit(server.address).port)
        told = {**os.environ, **variables, "LEADLINE_PORT": port}
        check = [LEADLINE, *IMAGE.command("HEALTHCHECK")[1:]]
        until(lambda: subprocess.run(check, env=told, capture_output=True, check=False).returncode == 0)
        os.kill(pid, signal.SIGTERM)
        assert server.process.wait(ENDING_SECONDS) == 0
    finally:
        server.stop()


_CONFINED = """
mount --bind "$1" "$1"
mount --bind "$2" "$1$3"
mount -t tmpfs tmpfs "$1/tmp"
mount -t proc proc "$1/proc"
mount -o remount,ro,bind "$1"
shift 3
exec setpriv --no-new-privs --bounding-set=-all,+setuid,+setgid,+sys_chroot "$@"
"""
"""What --read-only, a volume, --tmpfs and --security-opt make of a root; chroot itself needs three capabilities."""


@only_long()
def test_the_steps_in_a_bare_root(tmp_path: Path) -> None:
    """From Debian's smallest system to a server that imports, as the user of the image, with nothing of the checkout."""
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        pytest.skip("a root of its own needs root and debootstrap (Debian: apt install debootstrap)")
    base = tmp_path / "base"
    _make_base(base)
    taken = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_"))}
    root = Roots(base, ROOT, tmp_path / "roots", taken).build(STAGES)
    workdir, user = IMAGE.last("WORKDIR"), IMAGE.last("USER")
    number = int(user.partition(":")[0])
    volume = tmp_path / "volume"
    volume.mkdir(0o700)
    os.chown(volume, number, number)
    confined = ("unshare", "--mount", "sh", "-euc", _CONFINED, "sh", str(root), str(volume), workdir)
    inside = (*confined, "chroot", f"--userspec={user}", str(root), "env", "-i", f"--chdir={workdir}")
    variables = [f"{name}={value}" for name, value in IMAGE.variables().items()]
    variables = [each.replace("$PATH", "/usr/local/bin:/usr/bin:/bin") for each in variables]
    told = [*variables, "LEADLINE_ALLOW_PLAIN_HTTP=true", "LEADLINE_PORT=0"]
    log = (tmp_path / "log").open("w+")
    process = subprocess.Popen([*inside, *told, *IMAGE.command("ENTRYPOINT"), "demo"], stdout=log, stderr=log)
    try:
        until(
            lambda: "stays until Ctrl-C" in (tmp_path / "log").read_text() or process.poll() is not None, 120
        )
        said = (tmp_path / "log").read_text()
        assert "336 records imported" in said, said
        port = re.findall(r"ready at http://0\.0\.0\.0:(\d+)", said)[0]
        check = [*inside, *variables, f"LEADLINE_PORT={port}", *IMAGE.command("HEALTHCHECK")]
        assert subprocess.run(check, timeout=60, check=False).returncode == 0
        assert _owner(volume / "leadline-demo") == number
        assert _owner(root / "opt" / "leadline" / "bin" / "leadline") == 0, "what runs cannot change itself"
    finally:
        process.terminate()
        assert process.wait(30) == 0
        log.close()


def _owner(path: Path) -> int:
    return path.stat().st_uid


def _make_base(base: Path) -> None:
    """Make what stands for the image of Python: Debian's own, with what pip needs to reach its packages."""
    release = re.findall(r"^VERSION_CODENAME=(\w+)", Path("/etc/os-release").read_text(), re.MULTILINE)[0]
    told = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(SITE)"], capture_output=True, text=True, check=True
    )
    packages = "python3,python3-venv,python3-pip,ca-certificates"
    mirrors = list(dict.fromkeys(told.stdout.split()))[:1]
    command = ["debootstrap", "--variant=minbase", f"--include={packages}", release, str(base), *mirrors]
    subprocess.run(command, check=True, timeout=900, stdout=subprocess.DEVNULL)
    (base / "usr/local/bin/python").symlink_to("/usr/bin/python3")
    for each in ("etc/resolv.conf", "etc/hosts", "etc/pip.conf", "etc/ssl/certs/ca-certificates.crt"):
        if (Path("/") / each).exists():
            shutil.copy(Path("/") / each, base / each)
