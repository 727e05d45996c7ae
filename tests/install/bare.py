"""An environment with the wheel and nothing but what it requires: no checkout, no tool of ours, no variable."""

import os
import re
import subprocess
import sys
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
TOOLS = Path(sys.executable).parent


def build_wheel(into: Path) -> Path:
    """Build the wheel as `make dist` does, from this checkout; return its file."""
    built = subprocess.run(
        [*_recipe_of_dist(), "-w", str(into), "."],
        cwd=ROOT,
        env={**os.environ, "SOURCE_DATE_EPOCH": "315532800"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = into.glob("leadline-*.whl")
    return wheel


def _recipe_of_dist() -> list[str]:
    """Return the command of the Makefile, up to where the wheel goes."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    (command,) = re.findall(r"SOURCE_DATE_EPOCH=315532800 \$\(BIN\)/(python .+) -w dist \.$", makefile, re.M)
    return [str(TOOLS / "python"), *command.split()[1:]]


def make_environment(folder: Path, wheel: Path, *others: str) -> Path:
    """Make an environment with the wheel, and links to all that it and others require; return its programs."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=60)
    (packages,) = folder.glob("lib/python*/site-packages")
    for each in _closure("leadline", *others):
        _link(each, packages)
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(folder / "bin" / "python"),
        "--disable-pip-version-check",
    ]
    for words in (["install", "-q", "--no-deps", "--no-index", str(wheel)], ["check"]):
        done = subprocess.run([*pip, *words], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder / "bin"


def _closure(*names: str) -> list[Distribution]:
    """Return all that packages require on this machine, but for Leadline itself."""
    found: dict[str, Distribution] = {}
    waiting = [(name, frozenset[str]()) for name in names]
    while waiting:
        name, extras = waiting.pop()
        key = re.sub(r"[-_.]+", "-", name).lower()
        if key in found and not extras:
            continue
        found[key] = distribution(name)
        wanted = map(Requirement, found[key].requires or [])
        waiting += [
            (each.name, frozenset(each.extras))
            for each in wanted
            if each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in ("", *extras))
        ]
    del found["leadline"]
    return list(found.values())


def _link(package: Distribution, packages: Path) -> None:
    """Let the environment see what a package has installed, its libraries and metadata."""
    for name in {each.parts[0] for each in package.files or []} - {"..", "__pycache__"}:
        source = Path(str(package.locate_file(name)))
        if source.exists() and not (packages / name).exists():
            (packages / name).symlink_to(source)


def environment(programs: Path, home: Path) -> dict[str, str]:
    """Return the variables that programs of a bare environment find."""
    return {"PATH": f"{programs}:{os.defpath}", "HOME": str(home), "LANG": "C.UTF-8"}
