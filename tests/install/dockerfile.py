"""What a Dockerfile says, instruction by instruction, and its steps run in roots where no container engine is."""

import json
import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path


@dataclass
class Stage:
    """One stage: its instructions in their order, and what they leave for a container."""

    name: str
    base: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def last(self, instruction: str) -> str:
        """Return the text of the last instruction of a kind."""
        return [text for kind, text in self.steps if kind == instruction][-1]

    def command(self, instruction: str) -> list[str]:
        """Return the words of an instruction in its exec form; behind HEALTHCHECK's options stands CMD."""
        words: list[str] = json.loads(self.last(instruction).rpartition("CMD ")[2])
        return words

    def variables(self) -> dict[str, str]:
        """Return what ENV sets."""
        pairs = (
            pair.split("=", 1) for kind, text in self.steps if kind == "ENV" for pair in shlex.split(text)
        )
        return dict(pairs)  # type: ignore[arg-type]


def read_stages(text: str) -> list[Stage]:
    """Return the stages of a Dockerfile; ARG stands before the first one alone."""
    lines = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)
    joined = re.sub(r"\s*\\\n\s*", " ", lines)
    arguments: dict[str, str] = {}
    stages: list[Stage] = []
    for line in filter(None, map(str.strip, joined.splitlines())):
        instruction, _, rest = line.partition(" ")
        if instruction == "ARG":
            name, _, default = rest.partition("=")
            arguments[name] = default
        elif instruction == "FROM":
            base, *named = re.sub(r"\$\{(\w+)\}", lambda found: arguments[found[1]], rest).split(" AS ")
            stages.append(Stage(named[0] if named else str(len(stages)), base))
        else:
            stages[-1].steps.append((instruction, rest.strip()))
    return stages


def copies(stage: Stage) -> list[tuple[str | None, list[str], str]]:
    """Return what each COPY takes: from which stage, which paths, to where."""
    found = []
    for kind, text in stage.steps:
        if kind == "COPY":
            words = text.split()
            from_stage = words.pop(0).removeprefix("--from=") if words[0].startswith("--from=") else None
            found.append((from_stage, words[:-1], words[-1]))
    return found


def is_sent(path: str, ignored: str) -> bool:
    """Tell whether .dockerignore lets a path of the checkout into the build; the last line that fits decides."""
    sent = True
    for line in filter(None, (line.strip() for line in ignored.splitlines() if not line.startswith("#"))):
        pattern = line.removeprefix("!").removeprefix("**/")
        parts = path.split("/")
        heads = ["/".join(parts[: each + 1]) for each in range(len(parts))]
        if any(fnmatch(head, pattern) for head in (parts if "**/" in line else heads)):
            sent = line.startswith("!")
    return sent


class Roots:
    """A root for each stage, copied from a base, in which RUN is run and into which COPY copies."""

    def __init__(self, base: Path, context: Path, folder: Path, variables: dict[str, str]) -> None:
        """`variables` are for RUN alone, as the arguments of a build are."""
        self._base, self._context, self._folder, self._variables = base, context, folder, variables
        self._roots: dict[str, Path] = {}

    def build(self, stages: list[Stage]) -> Path:
        """Run the steps of all stages; return the root of the last one."""
        self._folder.mkdir()
        for stage in stages:
            self._roots[stage.name] = root = self._folder / stage.name
            subprocess.run(["cp", "-a", "--reflink=auto", self._base, root], check=True)
            self._run(stage, root)
        return root

    def _run(self, stage: Stage, root: Path) -> None:
        workdir, waiting = "/", iter(copies(stage))
        for kind, text in stage.steps:
            if kind == "WORKDIR":
                workdir = text
                (root / text.lstrip("/")).mkdir(parents=True, exist_ok=True)
            elif kind == "RUN":
                entered = f"cd {workdir} && {text}"
                variables = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", **self._variables}
                subprocess.run(["chroot", root, "sh", "-c", entered], env=variables, check=True, timeout=900)
            elif kind == "COPY":
                self._copy(root, workdir, *next(waiting))

    def _copy(self, root: Path, workdir: str, stage: str | None, sources: list[str], target: str) -> None:
        origin = self._roots[stage] if stage else self._context
        into = root / os.path.join(workdir, target).lstrip("/")
        for each in sources:
            source = origin / each.lstrip("/")
            if source.is_dir():
                shutil.copytree(source, into, symlinks=True, dirs_exist_ok=True)
            else:
                into.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, into / source.name)
