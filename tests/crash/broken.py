"""Controls: the same program with one rule broken, run from a copy of its source.

The product has no switch for this. What is to be replaced must be there, so a control
cannot go stale unseen.
"""

import os
import shutil
from pathlib import Path

import leadline


def broken(folder: Path, file: str, rule: str, instead: str, times: int = 1) -> dict[str, str]:
    """Copy the program and break a rule in a file of it; return the environment that runs the copy.

    `times` is how often the rule stands there.
    """
    copy = folder / "broken" / "leadline"
    shutil.copytree(Path(leadline.__file__).parent, copy)
    path = copy / file
    text = path.read_text("utf-8")
    assert text.count(rule) == times, f"{file} says {rule!r} {text.count(rule)} times"
    path.write_text(text.replace(rule, instead), "utf-8")
    return {"PYTHONPATH": os.pathsep.join([str(copy.parent), os.environ.get("PYTHONPATH", "")])}
