"""The whole product, from its settings to its end: stores, HTTP server and workers."""

import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial
from typing import Protocol, TextIO

from starlette.types import ASGIApp

from leadline.api.app import ENDPOINTS, build_app
from leadline.api.call import Services
from leadline.api.envelope import refusal
from leadline.cli.flushing import flushing
from leadline.cli.opening import build_monitoring, build_telemetry, open_stores
from leadline.cli.outputs import say
from leadline.cli.secret_output import secret_output
from leadline.cli.setup import DEMO, print_changes
from leadline.cli.wiring import build_call_limits, build_services, build_subscriptions
from leadline.clock import MachineTime, SubscriptionTime
from leadline.config import Settings
from leadline.console.mount import WithConsole
from leadline.errors import StoreBusyError, StoreFaultError
from leadline.events import Emit, Event, JobQueued, PreviewQueued, ServerReady
from leadline.http.connection_limits import ConnectionLimits
from leadline.http.server import (
    HttpServer,
    connections_max,
    find_address,
    http_config,
    listen,
    refuse_open_plain_http,
)
from leadline.http.tls import Tls
from leadline.store.directory import Stores
from leadline.store.secret_hash import hash_chosen
from leadline.subscriptions.apply_file import Subscriptions
from leadline.subscriptions.file import SubscriptionFile, parse_subscription

_READY_POLL_SECONDS = 0.02
_CONSOLE_AFTER_SECONDS, _CONSOLE_PAUSE_SECONDS = 1.0, 0.02
"""The console is made ready after the first calls, and little by little."""


class Workers(Protocol):
    """The workers that import jobs: processes of the server, or threads of a program that contains it."""

    def start(self) -> None:
        """Let them work."""

    @property
    def living(self) -> Mapping[int, int]:
        """The process ids of those that have started and live, by their numbers: each would take up a job."""

    def wake(self) -> None:
        """Say that there is work."""

    def stop(self) -> None:
        """Wait until they have finished or handed back what they do; asked again, wait for the same end."""


class WholeServer:
    """A server that listens from its beginning, and answers while it runs."""

    def __init__(
        self,
        settings: Settings,
        new_workers: Callable[[Settings, Emit], Workers],
        log: TextIO,
        *,
        time: SubscriptionTime | None = None,
        stores: Stores | None = None,
    ) -> None:
        """Raises `OperatorError` when it cannot start; `log` takes the events; `stores` are open."""
        self._settings, self._tls = settings, Tls(settings.tls_cert, settings.tls_key)
        self._time = time or MachineTime()
        where = find_address(settings.host, settings.port)
        refuse_open_plain_http(where, self._tls, allowed=settings.allow_plain_http)
        self._listener = listen(where)  # before anything is created or printed
        self._stores = stores or open_stores(settings)
        self._telemetry = build_telemetry(settings, log)
        self._telemetry.metrics.expect_calls((each.path, each.method) for each in ENDPOINTS)
        self._workers = new_workers(settings, self._telemetry.emit)
        self._monitoring = build_monitoring(
            settings,
            self._stores,
            self._telemetry,
            lambda: self._workers.living,
            certificate_ends_at=lambda: self._tls.ends_at,
        )
        self._http: HttpServer | None = None
        self._console: WithConsole | None = None
        self._is_leaving = threading.Event()

    @property
    def address(self) -> str:
        """Where clients reach it."""
        host, port = self._listener.getsockname()[:2]
        return f"{self._tls.scheme}://{f'[{host}]' if ':' in host else host}:{port}"

    def set_up(
        self, subscription: SubscriptionFile | None, hash_given: Callable[[str], str] = hash_chosen
    ) -> None:
        """Apply a subscription file; without one, make the demo subscription in an empty store."""
        subscriptions = build_subscriptions(self._stores, hash_given)
        if subscription is None and subscriptions.none_yet():
            subscription = parse_subscription(DEMO)
        if subscription is not None:
            self._apply(subscriptions, subscription)

    def _apply(self, subscriptions: Subscriptions, file: SubscriptionFile) -> None:
        """Apply a file; a known subscription whose store cannot be used does not stop the others."""
        try:
            with secret_output(self._stores, self._settings, None) as output:
                if subscriptions.makes_secrets(file):
                    output.check()
                changes = subscriptions.apply(file, output.keep)
            print_changes(changes, output)
        except (StoreBusyError, StoreFaultError) as error:
            if not subscriptions.knows(file.munchkin_id):
                raise
            say(f"leadline: subscription {file.munchkin_id} cannot be set up now: {error}", err=True)

    def run(self, on_ready: Callable[[str], None], on_leaving: Callable[[], None]) -> None:
        """Answer calls until a signal or `leave` ends the server.

        `on_ready` is called with the address, on a thread of its own, when a file can be imported;
        `on_leaving` when the server begins to end.
        """
        call_limits = build_call_limits(self._stores, self._time)
        services = build_services(
            self._settings,
            self._stores,
            call_limits,
            self._telemetry,
            self._emit,
            self._time,
            self._monitoring,
        )
        app, settings = self._build_app(services), self._settings.server
        if settings.console:
            app = self._console = WithConsole(app, services)
        limits = ConnectionLimits(settings, connections_max(settings), refusal, self._telemetry.emit)
        config = http_config(app, limits, self._tls)
        self._http = HttpServer(
            config,
            partial(self._begin, on_ready),
            partial(self._end, on_leaving),
            partial(self._tls.renew, config.ssl, self._telemetry.emit),
        )
        with closing(self._stores), flushing(call_limits, self._stores):
            try:
                self._http.run(sockets=[self._listener])
            finally:
                self._workers.stop()

    def _build_app(self, services: Services) -> ASGIApp:
        """Return the API that is served, and what stands around it."""
        return build_app(services)

    def _begin(self, on_ready: Callable[[str], None]) -> None:
        """Start the workers and say where the server is; it takes calls from now on."""
        self._workers.start()
        self._telemetry.emit(ServerReady(self.address))
        threading.Thread(target=self._tell_when_ready, args=(on_ready,), daemon=True).start()

    def _tell_when_ready(self, on_ready: Callable[[str], None]) -> None:
        """Say where the server is as soon as a file that is posted there is taken up at once."""
        while not self._monitoring.has_workers:
            if self._is_leaving.wait(_READY_POLL_SECONDS):
                return
        say(f"Leadline is ready at {self.address}")
        on_ready(self.address)
        if self._console is not None and not self._is_leaving.wait(_CONSOLE_AFTER_SECONDS):
            self._console.warm_up(lambda: self._is_leaving.wait(_CONSOLE_PAUSE_SECONDS))

    def _end(self, on_leaving: Callable[[], None]) -> None:
        """Stop the workers while the last calls are answered."""
        self._is_leaving.set()
        threading.Thread(target=self._workers.stop, daemon=True).start()
        on_leaving()

    def leave(self) -> None:
        """End the server from another thread, as a signal does."""
        if self._http is not None:
            self._http.leave()

    def _emit(self, event: Event) -> None:
        self._telemetry.emit(event)
        if isinstance(event, JobQueued | PreviewQueued):
            self._workers.wake()
