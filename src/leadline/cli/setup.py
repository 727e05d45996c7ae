"""`leadline setup`: apply a subscription file."""

from contextlib import closing
from pathlib import Path

import click

from leadline.cli.opening import open_stores
from leadline.cli.options import settings_from, store_options
from leadline.cli.outputs import say
from leadline.cli.secret_output import SecretOutput, secret_file_option, secret_output
from leadline.cli.wiring import build_subscriptions
from leadline.store.location import command_that_lets_in
from leadline.subscriptions.apply_file import Changes
from leadline.subscriptions.file import read_subscription
from leadline.subscriptions.rights import Grants, let_in

DEMO = {
    "munchkin_id": "123-ABC-456",
    "credentials": [{"name": "demo", "user": "demo@example.com", "permissions": "all"}],
    "lists": [{"id": 1001, "name": "Newsletter"}],
    "channels": [
        {
            "name": "Webinar",
            "statuses": [
                {"name": "Invited", "step": 10},
                {"name": "On List", "step": 20},
                {"name": "Attended", "step": 30, "success": True},
            ],
        }
    ],
    "programs": [{"id": 1001, "name": "Spring Webinar", "channel": "Webinar"}],
}
"""The subscription of a first start without a file of its own."""


def print_changes(changes: Changes, output: SecretOutput) -> None:
    """Print what applying a file did: to stdout, but for what it left alone; secrets last."""
    for sentence in changes.done or ["nothing to change"]:
        say(sentence)
    for sentence in changes.left_alone:
        say(f"left alone: {sentence}", err=True)
    if changes.sql:
        say("left to the owner of the schema, in psql:", err=True)
        for statement in changes.sql:
            say(f"  {statement};", err=True)
    output.tell()


_ONE_ROLE = (
    "The role that has run this is the only one that may use the store. To let another one run the server, "
    f"run: {command_that_lets_in('ROLE')}"
)


@click.command("setup")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@secret_file_option
@store_options
@click.option(
    "--grant-to",
    "roles",
    multiple=True,
    metavar="ROLE",
    help="Let another role of PostgreSQL read and write the rows of this and all other subscriptions, and "
    "of those to come. May be given several times.",
)
def setup_command(
    file: Path,
    secret_file: Path | None,
    data: Path | None,
    database: str | None,
    roles: tuple[str, ...],
) -> None:
    """Apply a subscription file.

    Creates and changes what FILE names, deletes nothing, and prints what it left alone. The
    same file again changes nothing. A server that runs on the store need not be stopped.
    Generated secrets are shown on a terminal, this one time; elsewhere, or with --secret-file,
    they go into a file that only you can read.
    """
    subscription = read_subscription(file)
    settings = settings_from(data=data, database=database)
    if roles and settings.database is None:
        raise click.UsageError("--grant-to is for a store on PostgreSQL: give --database as well.")
    with closing(open_stores(settings)) as stores:
        subscriptions = build_subscriptions(stores)
        is_first = subscriptions.none_yet()
        with secret_output(stores, settings, secret_file) as output:
            if subscriptions.makes_secrets(subscription):
                output.check()
            grants = let_in(stores, roles) if roles else Grants()
            changes = subscriptions.apply(subscription, output.keep)
        changes.add_grants(grants)
        print_changes(changes, output)
        if is_first and not stores.is_embedded and not stores.control.roles():
            say(_ONE_ROLE, err=True)
