"""`leadline sandbox`: a Marketo for tests, whose subscriptions a test makes and controls."""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import click

from leadline.api.hosts import host_of
from leadline.cli.options import file_option, folder_option, given, host_option, option, port_option
from leadline.cli.outputs import leave, open_log, say
from leadline.cli.sandbox_server import SandboxServer
from leadline.cli.setup import DEMO
from leadline.cli.temporary_folder import temporary_folder
from leadline.cli.watching import CommandFailedError, Watch
from leadline.clock import MachineTime
from leadline.config import SandboxSettings, load
from leadline.errors import OperatorError
from leadline.http.server import find_address
from leadline.sandbox.control.endpoint import PREFIX, ControlAccess
from leadline.sandbox.sandbox import Sandbox
from leadline.sandbox.seed_files import read_seed
from leadline.sandbox.subscription import SandboxSubscription
from leadline.store.server_lock import sole_server
from leadline.subscriptions.file import read_document
from leadline.telemetry.subscriber import quiet_libraries

_SETUP = {name: section for name, section in DEMO.items() if name not in ("munchkin_id", "credentials")}
_FIXED = {"database": None, "workers": 1, "tls_cert": None, "tls_key": None, "allow_plain_http": True}
"""What is not to be chosen: the control token guards an address beyond this machine."""


@click.command("sandbox")
@folder_option("--data", "Directory to keep the stores in.  [a temporary one]")
@file_option("--setup", "Subscription file of new subscriptions.")
@folder_option(
    "--seed", "Directory of leads.csv, members-1001.csv, car_c.csv, ...: what they begin with.", exists=True
)
@option(
    "--random-seed",
    type=click.IntRange(0),
    metavar="N",
    help="Number from which follows all that is generated.  [0]",
)
@host_option
@port_option(0)
@option(
    "--control-token", metavar="TOKEN", help="Token of control calls; needed where others can reach --host."
)
@option(
    "--allow-host",
    multiple=True,
    metavar="NAME",
    help="Host name under which control calls are taken, beside those of this machine.",
)
@file_option("--ready-file", "File to write address and credentials into when ready.", exists=False)
@option("--print", type=click.Choice(["json"]), help="Print the same to stdout, as JSON.")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def sandbox_command(command: tuple[str, ...], **flags: Any) -> None:
    """Serve a Marketo for tests, until Ctrl-C or until COMMAND ends.

    It begins with one subscription, whose client id is sandbox and whose secret is
    sandbox-secret; a test makes others, resets them and controls them by calls. COMMAND, behind
    --, finds LEADLINE_URL, LEADLINE_CLIENT_ID and LEADLINE_CLIENT_SECRET in its environment; its
    exit code is that of the sandbox. The sandbox ends too when its standard input is a pipe and
    that is closed.
    """
    flags["allow_host"] = ",".join(flags["allow_host"]) or None
    settings = load(SandboxSettings, given(flags) | _FIXED)
    if settings.control_token is None and not find_address(settings.host, settings.port).is_loopback:
        raise click.UsageError(f"Others can reach {settings.host}: give --control-token")
    is_kept = "data" in settings.model_fields_set
    quiet_libraries()
    watch = Watch()
    with ExitStack() as around:
        if is_kept:
            around.enter_context(sole_server(settings.data, sandbox=True))
        else:
            folder = around.enter_context(temporary_folder("leadline-sandbox-"))
            settings = settings.model_copy(update={"data": folder})
        try:
            code = _run(settings, command, watch, is_kept=is_kept)
        except CommandFailedError as error:
            say(f"leadline: {error}", err=True)
            code = error.exit_code
    leave(code)


def _run(settings: SandboxSettings, command: tuple[str, ...], watch: Watch, *, is_kept: bool) -> int:
    """Run the sandbox to its end; return the exit code."""
    if settings.ready_file is not None:
        with suppress(OSError):  # one that was killed may have left it; who waits for it waits for ours
            settings.ready_file.unlink()
    setup = read_document(settings.setup) if settings.setup else _SETUP
    sandbox = Sandbox(settings.random_seed, setup, MachineTime(), is_kept=is_kept)
    access = ControlAccess(_hosts(settings.allow_host or ""), settings.control_token)
    with open_log(settings.data) as log:
        server = SandboxServer(settings, sandbox, access, log)
        with _running(server, sandbox, watch):
            if settings.seed is None:
                sandbox.begin()  # while the worker warms up
            server.is_warm.wait()
            if settings.seed is not None:
                sandbox.make_seed(read_seed(settings.seed))
                sandbox.begin()
            if not command:
                watch.serve()
            first, address = sandbox.first, server.address
            with _announced(settings, address, first, quietly=bool(command)):
                if command and not watch.is_over:
                    watch.start(command, _variables(address, first))
                code = watch.wait()
    return 1 if server.has_failed else code


def _hosts(names: str) -> frozenset[str]:
    """Return the hosts that a list names; raises `OperatorError` for what can be in no Host header."""
    hosts = frozenset(host_of(name.strip()) for name in names.split(",") if name.strip())
    if wrong := next((host for host in hosts if "/" in host), None):
        raise OperatorError(f"--allow-host: {wrong} is no name of a host. Give one such as ci.example.com.")
    return hosts


def _variables(address: str, first: SandboxSubscription) -> dict[str, str]:
    """Return what a command finds in its environment."""
    login = first.logins[0]
    return {
        "LEADLINE_URL": address,
        "LEADLINE_CLIENT_ID": login.client_id,
        "LEADLINE_CLIENT_SECRET": login.client_secret,
    }


@contextmanager
def _running(server: SandboxServer, sandbox: Sandbox, watch: Watch) -> Iterator[None]:
    """Let a server answer on a thread of its own: the main thread has the signals."""

    def run() -> None:
        try:
            server.run(lambda address: None, sandbox.let_go)
        finally:
            server.is_warm.set()  # nobody waits for a server that has ended
            watch.end(1)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        watch.end_command()
        server.is_warm.wait()  # one that only begins takes no notice
        server.leave()
        thread.join()


@contextmanager
def _announced(
    settings: SandboxSettings, address: str, first: SandboxSubscription, *, quietly: bool
) -> Iterator[None]:
    """Say that the sandbox is ready, and where; the ready file is there as long as it is."""
    login, file = first.logins[0], settings.ready_file
    told = {
        "url": address,
        "munchkinId": first.munchkin_id,
        "clientId": login.client_id,
        "clientSecret": login.client_secret,
        "controlUrl": address + PREFIX.rstrip("/"),
        "pid": os.getpid(),
    }
    if settings.control_token is not None:
        told["controlToken"] = settings.control_token
    if file is not None:  # before it is told: who is told may look at once
        _write_whole(file, json.dumps(told) + "\n")
    if settings.print == "json":
        say(json.dumps(told))
    elif not quietly:
        say(f"The sandbox is ready at {address}")
        say(f"  client_id:     {login.client_id}")
        say(f"  client_secret: {login.client_secret}")
    try:
        yield
    finally:
        if file is not None:
            file.unlink(missing_ok=True)


def _write_whole(file: Path, text: str) -> None:
    """Write a file that appears with all its text; raises `OperatorError`."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        draft.write_text(text, "utf-8")
        draft.replace(file)
    except OSError as error:
        raise OperatorError(f"Cannot write {file}: {error.strerror}. Check the path.") from error
