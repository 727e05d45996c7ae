"""What the wheel gives who has no checkout: all commands, the demo with its examples, the plugin, the console."""

import json
import os
import re
import signal
import subprocess
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import leadline
from tests.forms import only_long
from tests.install.bare import ROOT, TOOLS, build_wheel, environment, make_environment
from tests.server import until

SOURCES = ROOT / "src"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_environment(tmp_path_factory.mktemp("bare"), wheel, "pytest")


class Demo:
    """A demo of the wheel, in a directory of its own; its log is `text`."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.folder, self.programs = folder, programs
        self._said = folder / "said"
        with self._said.open("w") as said:
            self.process = subprocess.Popen(
                [programs / "leadline", "demo", "--port", "0"],
                cwd=folder,
                env=environment(programs, folder),
                stdout=said,
                stderr=subprocess.STDOUT,
            )
        until(lambda: "stays until Ctrl-C" in self.text or self.process.poll() is not None)

    @property
    def text(self) -> str:
        return self._said.read_text("utf-8")

    @property
    def address(self) -> str:
        return re.findall(r"ready at (http://\S+)", self.text)[0]

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return run(self.programs, self.folder, *words)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


def run(programs: Path, folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [programs / words[0], *words[1:]]
    variables = environment(programs, folder)
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def demo(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    started = Demo(programs, tmp_path_factory.mktemp("away"))
    yield started
    assert started.stop() == 0


def test_it_holds_every_file_of_the_package(wheel: Path) -> None:
    """With what the links to the examples lead to, byte for byte."""
    package = Path(leadline.__file__).parent
    there = {path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if name.startswith("leadline/")}
        assert held == {str(path.relative_to(SOURCES)) for path in there}
        for name in ("leads.csv", "subscription.yaml"):
            assert archive.read(f"leadline/examples/{name}") == (ROOT / "examples" / name).read_bytes()
            assert (package / "examples" / name).is_symlink(), "a copy would drift"


def test_the_same_sources_give_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    assert build_wheel(tmp_path).read_bytes() == wheel.read_bytes()


def test_what_builds_it_is_named_once() -> None:
    """In [build-system], by which `make lock` pins it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    (requirement,) = project["build-system"]["requires"]
    floor, ceiling = re.fullmatch(r"flit_core>=([\d.]+),<(\d+)", requirement).groups()
    (pinned,) = re.findall(r"^flit-core==([\d.]+) ", (ROOT / "requirements/runtime.txt").read_text(), re.M)
    as_numbers = [[int(part) for part in text.split(".")] for text in (floor, pinned, ceiling)]
    assert as_numbers == sorted(as_numbers)
    assert "flit" not in json.dumps(project["dependency-groups"])


def test_commands(programs: Path, tmp_path: Path) -> None:
    """Each explains itself, with nothing else installed."""
    assert (
        run(programs, tmp_path, "leadline", "--version").stdout
        == f"leadline, version {leadline.__version__}\n"
    )
    listed = run(programs, tmp_path, "leadline", "--help").stdout.partition("Commands:")[2]
    commands = re.findall(r"^  (\w+) ", listed, re.MULTILINE)
    assert {"demo", "health", "push", "sandbox", "serve"} <= set(commands)
    assert list(tmp_path.iterdir()) == []


def test_the_demo(demo: Demo) -> None:
    """It imports the examples that it has brought."""
    assert "336 records imported (336 members), 4 failed, 3 warnings." in demo.text
    assert str(ROOT) not in demo.text
    assert demo.run("leadline", "health", "--url", demo.address).returncode == 0


def test_the_console(demo: Demo) -> None:
    with httpx.Client(base_url=demo.address, follow_redirects=True) as browser:
        page = browser.get("/console")
        assert (page.status_code, "Log in" in page.text) == (200, True)
        files = re.findall(r'(?:href|src)="(/console/static/[^"]+)"', page.text)
        assert len(files) > 2
        assert {browser.get(file).status_code for file in files} == {200}
        assert browser.get("/openapi.json").json()["openapi"].startswith("3.1")


def test_a_push(demo: Demo) -> None:
    """With the command that the demo shows."""
    (demo.folder / "people.csv").write_text("email,First Name\nada@example.com,Ada\n")
    (shown,) = re.findall(r"^A file of yours: leadline (push .+)$", demo.text, re.MULTILINE)
    done = demo.run("leadline", *shown.replace("FILE", "people.csv").split(), "--yes")
    assert done.returncode == 0, done.stderr
    assert re.search(r"^imported +1$", done.stdout, re.MULTILINE), done.stdout


def test_the_plugin(programs: Path, tmp_path: Path) -> None:
    """pytest finds it by itself, and a sandbox of the wheel answers."""
    (tmp_path / "test_it.py").write_text(
        "def test_people(leadline):\n"
        "    assert leadline.url.startswith('http://127.0.0.1:')\n"
        "    leadline.assert_leads(by='email', rows=[], others='none')\n"
    )
    done = run(programs, tmp_path, "python", "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_a_sandbox_around_a_command(programs: Path, tmp_path: Path) -> None:
    script = "import os, urllib.request as u; print(u.urlopen(os.environ['LEADLINE_URL'] + '/health/ready').status)"
    done = run(programs, tmp_path, "leadline", "sandbox", "--", "python", "-c", script)
    assert (done.returncode, done.stdout) == (0, "200\n"), done.stderr


@only_long()
@pytest.mark.parametrize("installer", ["uvx", "pip"])
def test_the_commands_of_the_readme(installer: str, wheel: Path, tmp_path: Path) -> None:
    """With the newest packages that fit, from where this machine gets its packages; `--version` for the demo."""
    readme = (ROOT / "README.md").read_text("utf-8")
    (line,) = re.findall(rf"^(.*{installer}\b.*\./dist/leadline-.*) demo$", readme, re.MULTILINE)
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / wheel.name).symlink_to(wheel)
    told = os.environ | {"PATH": f"{TOOLS}:{os.environ['PATH']}"}
    words = ["bash", "-euc", f"{line} --version"]
    done = subprocess.run(words, cwd=tmp_path, env=told, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"leadline, version {leadline.__version__}"


@only_long()
def test_the_page_for_a_server_of_ones_own(wheel: Path, tmp_path: Path) -> None:
    """Its commands up to systemd's, below a folder in place of the root, by one user in place of two."""
    page = (ROOT / "docs/how-to/run-in-production.md").read_text("utf-8")
    blocks = re.findall(
        r"^```\n(.*?)^```", page.partition("## Start it with systemd")[0], re.MULTILINE | re.DOTALL
    )
    script = "".join(blocks).replace("-o leadline -g leadline ", "")
    script = re.sub(r"^(sudo useradd|make dist).*\n", "", script, flags=re.MULTILINE)
    script = re.sub(r"sudo (-u leadline )?", "", script).replace("dist/", f"{wheel.parent}/")
    script = re.sub(r"(?<![\w.])/(opt|var|etc)/", rf"{tmp_path}/\1/", script)
    for folder in ("opt", "var/lib", "etc/leadline"):
        (tmp_path / folder).mkdir(parents=True)
    file = tmp_path / "etc/leadline/subscription.yaml"
    file.write_bytes((ROOT / "examples/subscription.yaml").read_bytes())
    words = ["bash", "-euc", script]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    assert "client_secret: " in done.stdout
    assert (tmp_path / "var/lib/leadline/leadline-data/control.db").exists()
