"""Fuzz one target for some seconds: `python -m tests.fuzz reader 600`. Needs requirements/fuzz.txt.

Inputs that reach new code are kept below `.fuzz`, one that fails below `tests/fuzz/corpus`,
where the default suite finds it.
"""

import logging
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["leadline", "multipart", "tests"]):
    from tests.fuzz.targets import TARGETS

HERE = Path(__file__).parent
NAMES = [
    "email",
    "lastName",
    "leadScore",
    '"',
    '""',
    ",",
    ";",
    "\\x09",
    "\\x0d\\x0a",
    "NULL",
    "\\xef\\xbb\\xbf",
]
FORM = [
    "--b",
    "--b--",
    "\\x0d\\x0a",
    "Content-Disposition: form-data; name=",
    '\\"file\\"',
    "; filename=",
]
CELL = [
    "2026-11-25",
    "T10:00:00",
    "+05:30",
    "Z",
    "1e3",
    "%",
    "true",
    "@x.co",
    " PM",
    "/",
    "9223372036854775807",
]
WORDS = {"reader": NAMES, "header": NAMES, "multipart": FORM, "cells": CELL}


def main(name: str, seconds: str = "60") -> None:
    """Run until the time is over or an input fails."""
    logging.disable()  # the other library tells of each fault
    kept, found = Path(".fuzz") / name, HERE / "corpus" / name
    kept.mkdir(parents=True, exist_ok=True)
    words = kept.with_suffix(".dict")
    words.write_text(
        "".join(
            '"' + each.replace('"', '\\"') + '"\n' if "\\" not in each else f'"{each}"\n'
            for each in WORDS[name]
        )
    )
    options = [f"-max_total_time={seconds}", f"-dict={words}", f"-artifact_prefix={found}/", "-max_len=300"]
    atheris.Setup([sys.argv[0], *options, str(kept), str(found)], TARGETS[name])
    atheris.Fuzz()


main(*sys.argv[1:])
