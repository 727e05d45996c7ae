"""What a subscription begins with, as the files that a sandbox takes."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

Rows = Iterable[Mapping[str, Any]] | str
"""Rows by the names of their columns, or the text of a CSV file."""


def seed_files(
    leads: Rows = (), members: Mapping[int | str, Rows] | None = None, **records: Rows
) -> dict[str, str]:
    """Return the files of a seed, by their names; what has no rows has no file.

    `members` are given by the id of their program, each with its `status`, and `records` by the API
    name of their custom object.
    """
    parts: dict[str, Rows] = {"leads": leads}
    parts |= {f"members-{program}": rows for program, rows in (members or {}).items()}
    texts = {name: rows if isinstance(rows, str) else _csv(rows) for name, rows in (parts | records).items()}
    return {f"{name}.csv": text for name, text in texts.items() if text}


def seed_folder(folder: Path) -> dict[str, str]:
    """Return the CSV files of a folder, by their names; raises `ValueError` where it has none."""
    files = {file.name: file.read_text("utf-8-sig") for file in sorted(folder.glob("*.csv"))}
    if not files:
        raise ValueError(f"{folder} holds no CSV file. Name them leads.csv, members-1001.csv, car_c.csv.")
    return files


def _csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as CSV; a name that a row does not have is a blank cell of it."""
    given = list(rows)
    names = list(dict.fromkeys(name for row in given for name in row))
    text = io.StringIO(newline="")
    if names:
        writer = csv.writer(text)
        writer.writerow(names)
        writer.writerows([_cell(row.get(name)) for name in names] for row in given)
    return text.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)
