"""`leadline credentials`: who may call a subscription, while its servers run."""

import json
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
from pydantic import ValidationError

from leadline.cli.credentials_shown import as_json, table_of
from leadline.cli.opening import open_known_stores
from leadline.cli.options import settings_from, store_options
from leadline.cli.outputs import say
from leadline.cli.secret_output import SecretOutput, secret_file_option, secret_output
from leadline.cli.wiring import build_credential_changes
from leadline.store.client_secrets import Secret
from leadline.subscriptions.credential_changes import CredentialChanges
from leadline.subscriptions.file_parts import CredentialPart

F = TypeVar("F", bound=Callable[..., Any])

_HOURS_MAX = 24 * 365
_OPTIONS = {"name": "NAME", "user": "--user", "permissions": "--permission", "partitions": "--partition"}


@click.group("credentials")
def credentials_command() -> None:
    """List, add, rotate and remove credentials.

    A credential is a client id with its secret, and what that may do. Servers that run on the
    store need not be stopped: a change counts with the next call.
    """


def _text(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Refuse an argument that is no text in UTF-8, which no store takes."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise click.BadParameter("is no text in UTF-8", context, parameter) from None
    return value


def _of_subscription(command: F) -> F:
    """Add the options that say which subscription, and where its store is."""
    which = click.option(
        "--subscription",
        "munchkin_id",
        metavar="MUNCHKIN_ID",
        required=True,
        callback=_text,
        help="The subscription whose credentials they are.",
    )
    return which(store_options(command))


_name_argument = click.argument("name", callback=_text)


@contextmanager
def _changes(
    data: Path | None, database: str | None, secret_file: Path | None = None
) -> Iterator[tuple[CredentialChanges, SecretOutput]]:
    """Yield what changes credentials, and what keeps the secrets that it generates."""
    settings = settings_from(data=data, database=database)
    stores = open_known_stores(settings)
    try:
        with secret_output(stores, settings, secret_file) as output:
            yield build_credential_changes(stores), output
    finally:
        stores.close()


@credentials_command.command("list")
@click.option("--json", "is_json", is_flag=True, help="Write them as JSON.")
@_of_subscription
def list_command(munchkin_id: str, *, is_json: bool, **where: Any) -> None:
    """List the credentials of a subscription.

    With client id, user, permissions, partitions, and since when and until when secrets hold.
    Secrets themselves are kept as hashes, and cannot be shown.
    """
    with _changes(**where) as (changes, _):
        found = changes.all(munchkin_id)
    if is_json:
        click.echo(json.dumps([as_json(each) for each in found], indent=2))
    else:
        click.echo(table_of(found) if found else f"Subscription {munchkin_id} has no credential.")


@credentials_command.command("add")
@_name_argument
@click.option(
    "--permission",
    "permissions",
    metavar="NAME",
    multiple=True,
    help="What it may do, such as 'Read-Write Lead', or: all; may be repeated.",
)
@click.option("--user", metavar="USER", help="Scope of its tokens, by whom calls are counted.  [NAME]")
@click.option(
    "--partition",
    "partitions",
    metavar="NAME",
    multiple=True,
    help="Partition open to it; may be repeated.  [all]",
)
@secret_file_option
@_of_subscription
def add_command(
    name: str,
    user: str | None,
    permissions: tuple[str, ...],
    partitions: tuple[str, ...],
    munchkin_id: str,
    **where: Any,
) -> None:
    """Add a credential with a generated client id and secret.

    The secret is shown on a terminal, this one time; elsewhere, or with --secret-file, it goes
    into a file that only you can read.
    """
    part = _part(name, user, permissions, partitions)
    with _changes(**where) as (changes, output):
        changes.add(munchkin_id, part, output.keep)
        say(f"credential {part.name} added")
        output.tell()


def _part(
    name: str, user: str | None, permissions: tuple[str, ...], partitions: tuple[str, ...]
) -> CredentialPart:
    """Return a checked credential; raises `click.UsageError`."""
    wanted = {
        "name": name,
        "user": name if user is None else user,
        "permissions": "all" if "all" in permissions else list(dict.fromkeys(permissions)),
        "partitions": list(dict.fromkeys(partitions)) or None,
    }
    try:
        return CredentialPart.model_validate(wanted)
    except ValidationError as error:
        faults = [
            f"{_OPTIONS[str(fault['loc'][0])]}: {fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors()
        ]
        raise click.UsageError("; ".join(faults)) from None


def _seconds(context: click.Context, parameter: click.Parameter, hours: float) -> int:
    """Return hours as whole seconds, a begun one whole."""
    if not 0 <= hours <= _HOURS_MAX:
        raise click.BadParameter(f"give hours from 0 to {_HOURS_MAX}, such as 24 or 0.5", context, parameter)
    return math.ceil(hours * 3600)


@credentials_command.command("rotate")
@_name_argument
@click.option(
    "--keep",
    "keep_seconds",
    metavar="HOURS",
    type=float,
    default=0,
    callback=_seconds,
    help="How long the old secret holds yet, such as 24 or 0.5.  [0]",
)
@secret_file_option
@_of_subscription
def rotate_command(name: str, keep_seconds: int, munchkin_id: str, **where: Any) -> None:
    """Give a credential a new secret, which holds at once.

    The old one ends at once, or after --keep, and with it its tokens and console sessions. Two
    hold at a time: of an overlap that runs already, the older one ends.
    """
    with _changes(**where) as (changes, output):
        rotation = changes.rotate(munchkin_id, name, keep_seconds, output.keep)
        say(f"credential {name} has a new secret")
        _say_ended(rotation.ended, "" if rotation.kept is None else ", as two hold at a time at most")
        if rotation.kept is not None:
            kept = rotation.kept
            say(f"{_told(kept)} holds until {kept.until}, and so do its tokens and console sessions")
        output.tell()


def _told(secret: Secret) -> str:
    return f"the secret made {secret.since}"


def _say_ended(secrets: Iterable[Secret], why: str = "") -> None:
    for secret in secrets:
        say(f"{_told(secret)} has ended with its tokens and console sessions{why}")


@credentials_command.command("end-overlap")
@_name_argument
@_of_subscription
def end_overlap_command(name: str, munchkin_id: str, **where: Any) -> None:
    """End the old secret of a rotation before its time.

    The new one holds on, and no other is made. With the old one end its tokens and console
    sessions.
    """
    with _changes(**where) as (changes, _):
        _say_ended(changes.end_overlap(munchkin_id, name))


@credentials_command.command("remove")
@_name_argument
@_of_subscription
def remove_command(name: str, munchkin_id: str, **where: Any) -> None:
    """Remove a credential; its tokens and sessions end at once.

    Jobs that it has sent go on. Nothing is asked.
    """
    with _changes(**where) as (changes, _):
        left = changes.remove(munchkin_id, name)
    say(f"credential {name} removed, and with it its tokens and console sessions")
    if not left:
        say(f"Nobody can call {munchkin_id} any more, until `leadline credentials add` lets somebody in.")
