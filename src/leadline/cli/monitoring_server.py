"""A small HTTP server beside workers without an API: their health and metrics."""

import threading
from typing import Self

from starlette.responses import Response

from leadline.cli.outputs import say
from leadline.config import WorkSettings
from leadline.errors import ServiceError
from leadline.events import Emit
from leadline.http.connection_limits import ConnectionLimits
from leadline.http.monitoring import Monitoring, monitoring_app
from leadline.http.server import HttpServer, connections_max, find_address, http_config, listen
from leadline.http.tls import Tls

_CONNECTIONS_MAX = 64
_ENDING_SECONDS = 1.0


class MonitoringServer:
    """Answers, as a context, on a thread of its own. What it tells is no secret, so that it needs no TLS."""

    def __init__(self, settings: WorkSettings, monitoring: Monitoring, emit: Emit) -> None:
        """Listen; raises `OperatorError` where the port is taken or the address is not ours."""
        where = find_address(
            settings.metrics_host, settings.metrics_port or 0, "--metrics-host or --metrics-port"
        )
        self._listener = listen(where)
        limits = settings.server.model_copy(
            update={"connections_max": _CONNECTIONS_MAX, "connections_per_address_max": _CONNECTIONS_MAX}
        )
        app = monitoring_app(monitoring, metrics=settings.server.metrics)
        bounded = ConnectionLimits(limits, connections_max(limits), _refuse, emit)
        self._server = HttpServer(http_config(app, bounded, Tls(None, None)), _nothing, _nothing, _nothing)
        self._thread = threading.Thread(target=self._run, name="monitoring-server", daemon=True)

    def _run(self) -> None:
        self._server.run(sockets=[self._listener])

    def __enter__(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        host, port = self._listener.getsockname()[:2]
        say(f"Health and metrics are at http://{f'[{host}]' if ':' in host else host}:{port}")
        return self

    def __exit__(self, *_: object) -> None:
        """Answer no more."""
        self._server.leave()
        self._thread.join(_ENDING_SECONDS)


def _nothing() -> None:
    """Do nothing where a server that begins, goes on or ends has nothing to do."""


def _refuse(error: ServiceError) -> Response:
    """Return the answer to a request that the connection refuses by itself."""
    status = 503 if error.entry.http_status == 200 else error.entry.http_status
    return Response(f"{error.message}\n", status, media_type="text/plain")
