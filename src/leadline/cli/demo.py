"""`leadline demo`: a server with a demo subscription, and one file imported like a client would."""

import json
import secrets
import threading
from importlib import resources
from pathlib import Path
from typing import Any
from uuid import uuid4

import click
import httpx

from leadline.cli.options import folder_option, given, port_option
from leadline.cli.outputs import open_log, say
from leadline.cli.serve import serve
from leadline.client.http import CallRefusedError, Client, Credentials
from leadline.config import DemoSettings, load
from leadline.engine.records import refuse_wrong_reader
from leadline.errors import OperatorError
from leadline.store.server_lock import sole_server
from leadline.subscriptions.file import SubscriptionFile, read_subscription

_POLL_SECONDS = 0.5
_LINES_SHOWN = 5


@click.command("demo")
@folder_option("--data", "Directory of the demo's own store.  [leadline-demo]")
@folder_option(
    "--examples", "Directory of another subscription.yaml and leads.csv than the program's own.", exists=True
)
@port_option()
def demo_command(**flags: Any) -> None:
    """Serve a demo subscription and import an example.

    Imports leads.csv of the examples over HTTP as any client would, prints what became of it,
    and serves until Ctrl-C. The demo has a store of its own and prints its credentials.
    """
    settings = load(DemoSettings, given(flags) | {"database": None})
    data, examples = settings.data, settings.examples or _own_examples()
    refuse_wrong_reader()  # a server is loaded later, when the demo's folder is there
    if not examples.is_dir():
        raise OperatorError(f"{examples} is no directory. Name the one with subscription.yaml and leads.csv.")
    subscription = read_subscription(examples / "subscription.yaml")
    file = examples / "leads.csv"
    if not file.is_file():
        raise OperatorError(f"{file} is no file. Name a directory that has one.")
    with sole_server(data, sandbox=False):
        _serve(settings, subscription, file)


def _serve(settings: DemoSettings, subscription: SubscriptionFile, file: Path) -> None:
    """Serve a subscription with the credentials of the demo, and import a file of leads."""
    data = settings.data
    credentials = _own_credentials(data / "credentials.json")
    secret = {"client_id": credentials.client_id, "client_secret": credentials.client_secret}
    parts = [
        each.model_copy(update=secret) if each.name == "demo" else each for each in subscription.credentials
    ]
    subscription = subscription.model_copy(update={"credentials": parts})

    def walk(address: str) -> None:
        _show_import(address, credentials, file)
        if settings.server.console:
            say(f"\nIn a browser: {address}/console, with client id {credentials.client_id} and its secret.")
        say(f"\nA file of yours: leadline push FILE --to {address} --credentials {data / 'credentials.json'}")
        say("The server stays until Ctrl-C.")

    with open_log(data) as log:
        say(f"The server's log goes to {log.name}.", err=True)
        serve(settings, subscription, on_ready=walk, log=log)


def _own_examples() -> Path:
    """Return the directory of the examples that are installed with the program, which links to them."""
    return Path(str(resources.files("leadline") / "examples"))


def _own_credentials(path: Path) -> Credentials:
    """Return the demo's credentials, the same ones at every start; the file is for its owner only."""
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
            made = {"client_id": str(uuid4()), "client_secret": secrets.token_urlsafe(24)}
            path.write_text(json.dumps(made, indent=2) + "\n", "utf-8")
        return Credentials(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise OperatorError(f"{path} cannot be used: {error}. Delete it and start again.") from error


def _show_import(address: str, credentials: Credentials, file: Path) -> None:
    """Import a file as any client would and print what became of it."""
    say(f"  client_id:     {credentials.client_id}")
    say(f"  client_secret: {credentials.client_secret}")
    client = Client(address, credentials)
    try:
        batch_id = client.import_leads(file, format="csv")
        say(f"\nImporting {file} as job {batch_id} ...")
        status = client.wait(batch_id, lambda: threading.Event().wait(_POLL_SECONDS))
        say(f"{status['status']}: {status.get('message')}")
        for name in ("failures", "warnings"):
            lines = client.issue_lines(batch_id, name)
            if lines:
                say(f"\nFirst {name} (GET {address}/bulk/v1/leads/batch/{batch_id}/{name}.json):")
                for line in lines[: _LINES_SHOWN + 1]:
                    say(f"  {line}")
    except (CallRefusedError, httpx.HTTPError, OSError) as error:
        say(f"The import was not shown: {error}", err=True)
    finally:
        client.close()
