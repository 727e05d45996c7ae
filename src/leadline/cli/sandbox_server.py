"""The server of a sandbox: the whole product, with the sandbox around its API and a worker in its process."""

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TextIO

from starlette.types import ASGIApp

from leadline.api.call import Services
from leadline.cli.opening import open_stores
from leadline.cli.outputs import say
from leadline.cli.whole_server import WholeServer
from leadline.clock import MachineTime
from leadline.config import SandboxSettings, Settings
from leadline.events import (
    Emit,
    Event,
    JobEvent,
    JobFinished,
    JobQueued,
    ProcessFailed,
    ServerReady,
    WorkerStarted,
)
from leadline.lead_database.whole_state import WholeState
from leadline.sandbox.calls.call_owner import Whose
from leadline.sandbox.calls.marketo_calls import MarketoCalls
from leadline.sandbox.control.endpoint import ControlAccess, ControlCalls
from leadline.sandbox.control.routes import ROUTES
from leadline.sandbox.jobs.job_steps import JobSteps
from leadline.sandbox.sandbox import Sandbox
from leadline.sandbox.seed_files import plant_seed
from leadline.sandbox.time_and_gate import SandboxGate, SandboxTime
from leadline.subscriptions.copies import CopiedSubscriptions
from leadline.subscriptions.tokens import Tokens
from leadline.worker.janitor import Janitor
from leadline.worker.loop import WorkerLoop
from leadline.worker.threads import WorkerThreads


class SandboxServer(WholeServer):
    """A server around whose API a sandbox stands; its one worker shares its process and its stores."""

    def __init__(
        self, settings: SandboxSettings, sandbox: Sandbox, access: ControlAccess, log: TextIO
    ) -> None:
        """Open the stores; raises `OperatorError`. Nothing is answered before `run`."""
        self._sandbox, self._access = sandbox, access
        self._random_seed = str(settings.random_seed)
        self.is_warm = threading.Event()
        """Set when a file is imported at once, or nothing ever is."""
        self.has_failed = False
        time, gate = SandboxTime(sandbox.subscriptions, MachineTime()), SandboxGate(sandbox.subscriptions)
        stores = open_stores(settings, sandbox=True)
        sandbox.limits_of = lambda munchkin_id: (
            settings.policy.of_subscription(entry.own).limits
            if (entry := stores.directory().get(munchkin_id))
            else settings.limits
        )
        sandbox.read_state = WholeState(stores).read

        def new_workers(settings: Settings, emit: Emit) -> WorkerThreads:
            def heard(event: Event) -> None:
                emit(event)
                self._hear(event)

            janitor = Janitor(stores, time, settings, heard)
            sandbox.upkeep = lambda munchkin_id: janitor.upkeep(munchkin_id, sandbox.limits_of(munchkin_id))

            def new_loop(worker_id: str, pause: Callable[[float], bool]) -> WorkerLoop:
                return WorkerLoop(settings, time, heard, worker_id, pause, stores=stores, gate=gate)

            return WorkerThreads(1, heard, new_loop)

        super().__init__(settings, new_workers, log, time=time, stores=stores)
        sandbox.open(CopiedSubscriptions(stores, time), self._workers.wake)

    def _emit(self, event: Event) -> None:
        """See `WholeServer`; the sandbox knows of a job before a worker does."""
        self._hear(event)
        super()._emit(event)

    def _hear(self, event: Event) -> None:
        """Pass on what happens to jobs; note that the worker is warm, or that it has failed for good."""
        if isinstance(event, JobEvent):
            queued = event.batch_id if isinstance(event, JobQueued) else None
            finished = event.batch_id if isinstance(event, JobFinished) else None
            self._sandbox.hear_of_job(event.munchkin_id, queued=queued, finished=finished)
        elif isinstance(event, WorkerStarted):
            self.is_warm.set()
        elif isinstance(event, ProcessFailed):
            say(f"leadline: the worker failed: {event.exception} in {event.where}.", err=True)
            self.has_failed = True
            self.is_warm.set()
            self.leave()

    def _build_app(self, services: Services) -> ASGIApp:
        """See `WholeServer`."""
        policy, emit = self._settings.policy, self._telemetry.emit
        tokens = Tokens(self._stores, self._time, policy, emit, lambda: self._random_seed)
        services = replace(services, tokens=tokens)
        self._sandbox.plant = partial(plant_seed, services)
        self._sandbox.call_limits = services.call_limits
        self._sandbox.tokens = services.tokens
        self._sandbox.steps = JobSteps(services.jobs, self._sandbox.limits_of)
        clients = self._sandbox.client_ids
        whose = Whose(services.tokens.whose, lambda client_id: clients.get(client_id, ""))
        calls = MarketoCalls(super()._build_app(services), self._sandbox, whose)
        return ControlCalls(calls, self._sandbox, ROUTES, self._access)

    def _begin(self, on_ready: Callable[[str], None]) -> None:
        """See `WholeServer`; the command says that the sandbox is ready."""
        self._workers.start()
        self._telemetry.emit(ServerReady(self.address))
