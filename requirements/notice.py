"""Print NOTICE: the packages that Leadline runs on, with the licence that each one's metadata names.

`make notice` writes it, with the pinned packages installed.
"""

import re
from importlib.metadata import PackageMetadata, metadata
from pathlib import Path

HEAD = """\
Leadline
Copyright the Leadline project. Licensed under the Apache License, Version 2.0 (see LICENSE).

The program in src/leadline holds two scripts of others, unchanged, for the pages of its console: htmx 2.0.11
(https://htmx.org) and idiomorph 0.8.0 (https://github.com/bigskysoftware/idiomorph), both under the
Zero-Clause BSD licence, which lies beside them in src/leadline/console/static. It runs on the packages below
(flit_core only builds it). They are installed beside it, unchanged, each under its own licence, whose text
lies in the package's .dist-info folder. The wheels of some hold more: SQLite in adbc-driver-sqlite, Apache
Arrow C++ and what it is built from in pyarrow, libpq, OpenSSL and Kerberos in psycopg-binary, Rust
libraries in polars-runtime-32 and pydantic_core.

The test data in tests/edge/csv-spectrum is by Max Ogden; its licence stands in the README there.

`make notice` makes this list from requirements/runtime.txt.
"""
LONGEST_NAME = 40  # some packages put the whole text where the name of the licence should stand


def licence(package: PackageMetadata) -> str:
    """Return the licence that a package names: SPDX expression, else a short name, else classifiers."""
    short = package.get("License") or ""
    if named := package.get("License-Expression") or (short if len(short) <= LONGEST_NAME else ""):
        return str(named)
    classifiers = [
        str(each) for each in package.get_all("Classifier") or [] if str(each).startswith("License ::")
    ]
    if not classifiers:
        raise ValueError(f"{package['Name']} names no licence")
    return " AND ".join(each.split(" :: ")[-1] for each in classifiers)


def home(package: PackageMetadata) -> str:
    """Return where a package lives: its home page, else its sources, else the first address it gives."""
    pairs = (str(link).split(", ", 1) for link in package.get_all("Project-URL") or [])
    links = {name.lower(): address for name, address in pairs}
    candidates = [
        package.get("Home-page"),
        *(links.get(name) for name in ("homepage", "source", "repository", "github")),
    ]
    return str(next(filter(None, [*candidates, *links.values()])))


def notice(pinned: str) -> str:
    """Return the text of NOTICE for a file of pinned requirements."""
    names = re.findall(r"^([\w.-]+)==", pinned, re.MULTILINE)
    packages = [metadata(name) for name in names]
    return HEAD + "".join(
        f"\n{each['Name']} {each['Version']}\n  {licence(each)}\n  {home(each)}\n" for each in packages
    )


if __name__ == "__main__":
    print(notice(Path(__file__).with_name("runtime.txt").read_text("utf-8")), end="")
