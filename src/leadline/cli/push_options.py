"""The options of `leadline push`, in the order and under the titles of its help."""

import json
import math
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import click

from leadline.client.options import (
    FailOn,
    Kind,
    Order,
    Pace,
    PushOptions,
    Reading,
    Target,
    Unknown,
    target_faults,
)


class _Amount(click.FloatRange):
    """A number above zero; `nan` stands on no side of a bound, and nothing waits for `inf`."""

    def __init__(self, max: float | None = None) -> None:
        super().__init__(0, max, min_open=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is no number.", param, ctx)
        return number


_SECONDS = _Amount()
_A_FILE = click.Path(path_type=Path, dir_okay=False)
_A_FOLDER = click.Path(path_type=Path, file_okay=False)
_PACE = ("piece_mb", "in_flight", "calls_per_20s", "daily_calls", "reserve_calls", "poll", "wait")


def _choice(values: type[StrEnum], name: str, help: str) -> click.Option:
    return click.Option([name], type=click.Choice([each.value for each in values]), help=help)


def _number(name: str, metavar: str, type: click.ParamType[Any], help: str) -> click.Option:
    return click.Option([name], metavar=metavar, type=type, help=help)


def _text(
    name: str, metavar: str, help: str, *, into: str | None = None, multiple: bool = False
) -> click.Option:
    return click.Option([name, *([into] if into else [])], metavar=metavar, help=help, multiple=multiple)


def _path(name: str, type: click.Path, help: str) -> click.Option:
    return click.Option([name], type=type, help=help)


def _flag(name: str, help: str, *, into: str | None = None) -> click.Option:
    return click.Option([name, *([into] if into else [])], is_flag=True, help=help)


_ONE_OR_MORE = click.IntRange(1)
TO = (
    _text("--to", "URL", "Address of the server, or a munchkin id.  [env var: LEADLINE_URL]"),
    _path("--credentials", _A_FILE, "File of client id and secret that only you can read."),
    _flag("--allow-plain-http", "Allow http:// to another machine; the secret is sent in plain text."),
)
SHOWN = (
    _flag("--json", "Write each event to stdout as a line of JSON, the report last.", into="as_json"),
    _flag("--quiet", "Say only what went wrong."),
)
SECTIONS = {
    "Where to": TO,
    "What the rows are": (
        _choice(Kind, "--kind", "Kind of record.  [leads]"),
        _text("--lookup-field", "FIELD", "Field that leads are found by.  [email]"),
        _number("--list", "ID", click.INT, "List that each lead joins."),
        _text("--partition", "NAME", "Partition of new leads."),
        _number("--program", "ID", click.INT, "Program that the rows are members of."),
        _text("--status", "NAME", "Status of the members in it."),
        _text("--object", "NAME", "API name of a custom object, such as car_c."),
    ),
    "How the file is read": (
        click.Option(
            ["--format"], type=click.Choice(["auto", "csv", "tsv", "ssv"]), help="Delimiter.  [found out]"
        ),
        _text("--encoding", "NAME", "Encoding.  [found out]"),
        click.Option(
            ["--map", "mapped"],
            metavar="COLUMN=FIELD",
            multiple=True,
            help="Field of a column; COLUMN= leaves it out.",
        ),
        _path("--map-file", _A_FILE, "File of such pairs: a line each, or JSON."),
        _text(
            "--dates",
            "[COLUMN=]ORDER",
            "Order of day, month and year in dates, of all or a column: mdy, dmy, ymd.  [found out]",
            multiple=True,
        ),
        _flag("--yes", "Take the columns as they are shown, without a question."),
    ),
    "How it is sent": (
        _number("--piece-mb", "MB", _Amount(10), "Size of a piece.  [9]"),
        _number("--in-flight", "N", click.IntRange(1, 10), "Pieces that are open at once.  [3]"),
        _choice(Order, "--order", "How rows with the same key keep their order.  [auto]"),
        _choice(Unknown, "--unknown", "What to do with a piece whose answer was lost.  [ask]"),
        _number("--calls-per-20s", "N", _ONE_OR_MORE, "Calls in any 20 seconds.  [50]"),
        _number("--daily-calls", "N", _ONE_OR_MORE, "Calls that the server takes a day.  [50000]"),
        _number("--reserve-calls", "N", click.IntRange(0), "Of these, so many for others.  [10000]"),
        _number("--poll", "SECONDS", _SECONDS, "Time between two looks at a piece.  [grows with the wait]"),
        _number("--wait", "SECONDS", _SECONDS, "Stop after this time; the same command goes on.  [no limit]"),
    ),
    "What is kept and shown": (
        _path("--manifest", _A_FILE, "File that remembers what was sent.  [FILE.push.jsonl]"),
        _path("--out", _A_FOLDER, "Folder of the result files.  [FILE.push]"),
        _flag("--restart", "Forget the earlier push of this file."),
        _flag("--plan", "Show what would happen, and import nothing.", into="plan_only"),
        _choice(FailOn, "--fail-on", "Rows not imported that make exit code 1.  [any]"),
        *SHOWN,
    ),
}


def options_of(file: Path, given: Mapping[str, Any]) -> PushOptions:
    """Return what a push is asked; raises `click.UsageError`."""
    known = {name: value for name, value in given.items() if value is not None}
    target = Target(
        kind=_kind(given),
        lookup_field=given["lookup_field"],
        list_id=given["list"],
        partition=given["partition"],
        program_id=given["program"],
        status=given["status"],
        object_name=given["object"],
    )
    if faults := target_faults(target):
        raise click.UsageError(" ".join(faults))
    orders = _orders_of(given["dates"])
    reading = Reading(
        format=known.get("format", "auto"),
        encoding=known.get("encoding", "auto"),
        renamed=renamed(given["mapped"], given["map_file"]),
        dates=orders.pop("", None),
        dates_of=orders,
    )
    return PushOptions(
        file,
        target,
        reading,
        Pace(**{name: known[name] for name in _PACE if name in known}),
        unknown=Unknown(known.get("unknown", Unknown.ASK)),
        order=Order(known.get("order", Order.AUTO)),
        fail_on=FailOn(known.get("fail_on", FailOn.ANY)),
        manifest=given["manifest"],
        out=given["out"],
        restart=given["restart"],
        yes=given["yes"],
    )


def _kind(given: Mapping[str, Any]) -> Kind:
    """Return the kind; an object's name or a program says it, too."""
    if given["kind"] is not None:
        return Kind(given["kind"])
    if given["object"] is not None:
        return Kind.OBJECT
    return Kind.LEADS if given["program"] is None else Kind.MEMBERS


def _orders_of(said: tuple[str, ...]) -> dict[str, str]:
    """Return the orders of dates by column, "" for all others."""
    found: dict[str, str] = {}
    for each in said:
        column, _, order = each.rpartition("=")
        if found.setdefault(column.strip(), order.strip()) != order.strip():
            raise click.UsageError(f"--dates {each!r}: another order of it was given, too")
    return found


def renamed(mapped: tuple[str, ...], map_file: Path | None) -> dict[str, str]:
    """Return the fields of columns, out of a file and of options, which stand over it."""
    found = {} if map_file is None else _read(map_file)
    by_option: dict[str, str] = {}
    for each in mapped:
        column, sign, name = each.rpartition("=")
        if not sign:
            raise click.UsageError(f"--map {each!r}: write COLUMN=FIELD, or COLUMN= to leave it out")
        if by_option.setdefault(column.strip(), name.strip()) != name.strip():
            raise click.UsageError(f"--map gives column {column.strip()!r} two fields")
    return found | by_option


def _read(path: Path) -> dict[str, str]:
    try:
        text = path.read_text("utf-8-sig")
        if text.lstrip().startswith("{"):
            said = json.loads(text)
            return {
                str(column).strip(): "" if name is None else str(name).strip()
                for column, name in said.items()
            }
    except (OSError, ValueError, RecursionError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is neither JSON nor text in UTF-8"
        raise click.UsageError(f"--map-file {path} cannot be read: {why}") from error
    return renamed(tuple(line for line in text.splitlines() if line.strip()), None)
