"""`leadline sandbox`: a Marketo for tests, whose subscriptions a test makes and controls."""

import os
import tempfile
from pathlib import Path
from typing import Any, TextIO

import click
from starlette.types import ASGIApp

from leadline.api.call import Services
from leadline.cli.settings import given, option
from leadline.cli.setup import DEMO
from leadline.cli.whole_server import WholeServer
from leadline.cli.wiring import open_stores
from leadline.clock import MachineTime
from leadline.config import SandboxSettings, Settings, load
from leadline.events import Emit, Event, JobEvent
from leadline.sandbox.asked import SandboxGate, SandboxTime
from leadline.sandbox.calls import MarketoCalls
from leadline.sandbox.control import ControlAccess, ControlCalls
from leadline.sandbox.job_steps import JobSteps
from leadline.sandbox.routes import ROUTES
from leadline.sandbox.sandbox import FIRST_NAME, Sandbox
from leadline.sandbox.whose import Whose
from leadline.store.directory import Stores
from leadline.subscriptions.copies import CopiedSubscriptions
from leadline.telemetry import quiet_libraries
from leadline.worker.janitor import Janitor
from leadline.worker.loop import WorkerLoop
from leadline.worker.threads import WorkerThreads

_SETUP = {name: section for name, section in DEMO.items() if name not in ("munchkin_id", "credentials")}


class SandboxServer(WholeServer):
    """A server around whose API a sandbox stands; its one worker shares its process and its stores."""

    def __init__(
        self, settings: Settings, stores: Stores, sandbox: Sandbox, access: ControlAccess, log: TextIO
    ) -> None:
        self._sandbox, self._access = sandbox, access
        time, gate = SandboxTime(sandbox.subscriptions, MachineTime()), SandboxGate(sandbox.subscriptions)
        sandbox.states = CopiedSubscriptions(stores, time)
        sandbox.limits_of = lambda munchkin_id: (
            settings.policy.of_subscription(stores.directory()[munchkin_id].own).limits
        )

        def new_workers(settings: Settings, emit: Emit) -> WorkerThreads:
            def tell(event: Event) -> None:
                emit(event)
                if isinstance(event, JobEvent):
                    sandbox.hear_of_job(event.munchkin_id)

            janitor = Janitor(stores, time, settings, tell)
            sandbox.purge = lambda munchkin_id: janitor.purge(
                munchkin_id, sandbox.limits_of(munchkin_id).retention_days
            )
            workers = WorkerThreads(
                1,
                tell,
                lambda worker_id, pause: WorkerLoop(
                    settings, time, tell, worker_id, pause, stores=stores, gate=gate
                ),
            )
            sandbox.wake_workers = workers.wake
            return workers

        super().__init__(settings, new_workers, log, time=time, stores=stores)

    def _build_app(self, services: Services) -> ASGIApp:
        """See `WholeServer`."""
        self._sandbox.call_limits = services.call_limits
        self._sandbox.steps = JobSteps(services.jobs, self._sandbox.limits_of)
        clients = self._sandbox.client_ids
        whose = Whose(services.tokens.whose, lambda client_id: clients.get(client_id, ""))
        calls = MarketoCalls(super()._build_app(services), self._sandbox, whose, services.tokens)
        return ControlCalls(calls, self._sandbox, ROUTES, self._access)


@click.command("sandbox")
@option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help="Port to listen on; 0 picks a free one.  [0]",
)
def sandbox_command(**flags: Any) -> None:
    """Serve a Marketo for tests, until Ctrl-C.

    Its store is temporary. It begins with one subscription, whose client id is sandbox and whose
    secret is sandbox-secret; a test makes others, resets them and controls them by calls.
    """
    quiet_libraries()
    with tempfile.TemporaryDirectory(prefix="leadline-sandbox-") as folder, Path(os.devnull).open("w") as log:
        of_its_own = {"data": Path(folder), "database": None, "workers": 1, "tls_cert": None, "tls_key": None}
        settings = load(SandboxSettings, given(flags) | of_its_own)
        sandbox = Sandbox(0, _SETUP, MachineTime())
        stores = open_stores(settings, sandbox=True)
        server = SandboxServer(settings, stores, sandbox, ControlAccess(frozenset(), None), log)
        sandbox.make(FIRST_NAME)
        server.run(lambda address: None, sandbox.let_go)
