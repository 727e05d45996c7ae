"""`leadline subscriptions`: which there are, and their end."""

import json
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from leadline.cli.opening import open_known_stores
from leadline.cli.options import settings_from, store_options
from leadline.cli.outputs import say
from leadline.cli.tables import aligned
from leadline.subscriptions.listing import ListedSubscription, list_subscriptions
from leadline.subscriptions.removal import find, remove, remove_without_store

_HEADER = ("MUNCHKIN ID", "CREDENTIALS", "LEADS", "QUEUED", "IMPORTING", "BYTES", "FORMAT", "STATE", "STORE")


@click.group("subscriptions")
def subscriptions_command() -> None:
    """List and remove subscriptions.

    Servers that run on the store need not be stopped.
    """


@subscriptions_command.command("list")
@click.option("--json", "is_json", is_flag=True, help="Write them as JSON.")
@store_options
def list_command(data: Path | None, database: str | None, *, is_json: bool) -> None:
    """List the subscriptions with what they hold.

    Exits with 1 where a store cannot be used; the others are listed all the same.
    """
    with closing(open_known_stores(settings_from(data=data, database=database))) as stores:
        found = list_subscriptions(stores)
    if is_json:
        click.echo(json.dumps([_as_json(each) for each in found], indent=2))
    else:
        click.echo(aligned([_HEADER, *map(_cells, found)]))
    faults = [each for each in found if each.fault is not None]
    for each in faults:
        why = str(each.fault).rstrip(".")
        say(
            f"leadline: the store of {each.munchkin_id} cannot be used: {why}. Run `leadline check`.",
            err=True,
        )
    if faults:
        sys.exit(1)


def _as_json(listed: ListedSubscription) -> dict[str, Any]:
    figures = listed.figures
    return {
        "munchkin_id": listed.munchkin_id,
        "store": listed.where,
        "state": _state(listed),
        "removal_begun_at": listed.removal_begun_at,
        "fault": listed.fault,
        "credentials": listed.credentials,
        "leads": figures and figures.leads,
        "jobs": figures and figures.jobs,
        "jobs_queued": figures and figures.jobs_queued,
        "jobs_importing": figures and figures.jobs_importing,
        "bytes": figures and figures.bytes,
        "format": listed.format,
        "version": listed.version,
    }


def _state(listed: ListedSubscription) -> str:
    if listed.removal_begun_at is not None:
        return "being removed"
    return "ready" if listed.fault is None else "unusable"


def _cells(listed: ListedSubscription) -> tuple[str, ...]:
    figures = listed.figures
    numbers = (figures.leads, figures.jobs_queued, figures.jobs_importing, figures.bytes) if figures else ()
    return (
        listed.munchkin_id,
        str(listed.credentials),
        *(f"{number:,}" for number in numbers),
        *["?"] * (4 - len(numbers)),
        "?" if listed.format is None else f"{listed.format}/{listed.version}",
        _state(listed),
        listed.where,
    )


@subscriptions_command.command("remove")
@click.argument("munchkin_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--leave-store",
    "leaves_store",
    is_flag=True,
    help="Leave the store where it is: on a server of its own that will never answer again.",
)
@store_options
def remove_command(
    munchkin_id: str, data: Path | None, database: str | None, *, yes: bool, leaves_store: bool
) -> None:
    """Remove a subscription for good: people, jobs, files, credentials.

    Shows what it holds and asks, unless --yes is given. From then on nobody can call it. A command
    that was interrupted is run again: it goes on where it stood.
    """
    with closing(open_known_stores(settings_from(data=data, database=database))) as stores:
        found = find(stores, munchkin_id)
        if found.removal_begun_at is not None:
            say(f"The removal of {munchkin_id}, begun at {found.removal_begun_at}, goes on.", err=True)
        elif not yes:
            _ask(found)
        if leaves_store:
            remove_without_store(stores, munchkin_id)
        else:
            remove(stores, munchkin_id, lambda sentence: say(sentence, err=True))
    left = f"; its store is left where it was, {found.where}" if leaves_store else ""
    say(f"Subscription {munchkin_id} is removed{left}.")


def _ask(found: ListedSubscription) -> None:
    """Show what would go, and ask; raises `click.Abort` unless the answer is yes."""
    if not sys.stdin.isatty():
        raise click.UsageError("Nobody can be asked here: give --yes to remove it")
    say("\n".join(_what_goes(found)), err=True)
    click.confirm(f"Remove {found.munchkin_id} for good?", err=True, abort=True)


def _what_goes(found: ListedSubscription) -> Iterator[str]:
    yield f"{found.munchkin_id}, {found.where}:"
    if found.figures is None:
        yield f"  what it holds cannot be told: {found.fault}"
    else:
        yield f"  {found.figures.leads:,} people"
        yield f"  {found.figures.jobs:,} jobs, {found.figures.unfinished_jobs:,} of them unfinished"
        yield f"  {found.figures.bytes:,} bytes"
    yield f"  {found.credentials:,} credentials"
