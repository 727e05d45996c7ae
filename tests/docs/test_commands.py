"""The commands that the pages name exist, and the version is the same wherever it stands."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from leadline import __version__
from leadline.cli.commands import COMMANDS

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob(".github/**/*.md")])
TARGETS = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def named(command: str, text: str) -> set[str]:
    """Return what follows a command where a page shows it as code, in a block or between backticks."""
    blocks = re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)
    code = "\n".join(blocks + re.findall(r"`([^`\n]+)`", text))
    return set(re.findall(rf"(?:^ *|&& |bin/){command} (\w+)", code, re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    assert named("make", text) <= TARGETS
    assert named("leadline", text) <= set(COMMANDS)


def test_commands_are_found() -> None:
    """The pattern finds commands at all, and a wrong one would be told."""
    assert named("make", "```\nmake run\n```\nmake of `make lock`") == {"run", "lock"}
    assert named("leadline", "```\n.venv/bin/leadline serve\n```\n") == {"serve"}


BY_NAME = re.compile(
    r"\b(?:pip3? install|pipx \w+|uvx|uv tool \w+|uv add|uv pip install)(?: -\S+)* leadline(?![-\w/.])"
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_nobody_is_told_to_install_it_by_name(page: Path) -> None:
    """No package index has it: who takes a name there takes what a stranger has put under it."""
    text = page.read_text("utf-8")
    assert not BY_NAME.findall(text)
    wheels = set(re.findall(r"leadline-(\d[\w.]*)-py3-none-any\.whl", text))
    assert wheels <= {__version__}


def test_a_name_is_told_from_a_file() -> None:
    assert BY_NAME.search("pip install -U leadline")
    assert BY_NAME.search("`uvx leadline demo`")
    assert not BY_NAME.search("uvx --from ./dist/leadline-0.2.0-py3-none-any.whl leadline demo")


def test_the_version_stands_once() -> None:
    """Or the same one each time."""
    assert tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"] == __version__
    assert (
        re.findall(r"^## (\d\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)[0] == __version__
    )


def test_hosted_checks_are_those_of_the_repository() -> None:
    """The workflow brings a machine and calls `.ci/run`; each form of .github can be read."""
    for path in sorted(ROOT.glob(".github/**/*.yml")):
        assert yaml.safe_load(path.read_text("utf-8")), path.name
    (job,) = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o100


def test_the_guide_names_files_that_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    rooms = {path.name for path in (ROOT / "src/leadline").iterdir()}
    paths = [path for path in re.findall(r"`([\w.-]+(?:/[\w.-]+)*)/?`", text) if "/" in path or ".py" in path]
    assert len(paths) > 20
    for path in paths:
        at = ROOT / ("src/leadline" if path.split("/")[0] in rooms else "") / path
        assert at.exists() or list(ROOT.glob(f"tests/**/{path}")), path
