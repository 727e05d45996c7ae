"""`leadline setup`: apply a subscription file."""

from pathlib import Path

import click

from leadline.cli.opening import open_stores
from leadline.cli.options import settings_from, store_options
from leadline.cli.outputs import say
from leadline.cli.wiring import build_subscriptions
from leadline.errors import OperatorError
from leadline.subscriptions.apply_file import Changes
from leadline.subscriptions.file import read_subscription

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


def print_changes(changes: Changes) -> None:
    """Print what applying a file did; results and secrets to stdout, the rest to stderr.

    Raises `OperatorError` when a secret, which is shown only now, cannot be written.
    """
    for sentence in changes.done or ["nothing to change"]:
        say(sentence)
    for sentence in changes.left_alone:
        say(f"left alone: {sentence}", err=True)
    for secret in changes.new_secrets:
        try:
            click.echo(f"credential {secret.name}, shown only now:")
            click.echo(f"  client_id:     {secret.client_id}")
            click.echo(f"  client_secret: {secret.client_secret}")
        except OSError as error:
            raise OperatorError(
                f"The new secret of credential {secret.name} cannot be shown: {error.strerror}. Write a "
                "client_secret for it into a subscription file and apply that."
            ) from error


@click.command("setup")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@store_options
def setup_command(file: Path, data: Path | None, database: str | None) -> None:
    """Apply a subscription file.

    Creates and changes what FILE names, deletes nothing, and prints what it left alone. The
    same file again changes nothing. A server that runs on the store need not be stopped.
    """
    subscription = read_subscription(file)
    stores = open_stores(settings_from(data=data, database=database))
    try:
        print_changes(build_subscriptions(stores).apply(subscription))
    finally:
        stores.close()
