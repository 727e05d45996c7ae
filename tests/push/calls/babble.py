"""A server that answers each call with what it is told to, well or badly."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from leadline.client import Login


@contextmanager
def babble(answers: dict[str, tuple[int, bytes]], certificate: Path | None = None) -> Iterator[Login]:
    """Answer a call by the last part of its path with a status and a body; over TLS with a certificate.

    A body that begins with a header is a file.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._answer()

        def _answer(self) -> None:
            status, body = answers[self.path.partition("?")[0].rpartition("/")[2]]
            self.send_response(status)
            kind = "text/csv" if body.startswith(b"email,") else "application/json"
            self.send_header("Content-Type", f"{kind};charset=UTF-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        scheme = "http"
        if certificate is not None:
            scheme, context = "https", ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, certificate.with_name(f"{certificate.stem}-key.pem"))
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield Login(f"{scheme}://localhost:{server.server_port}", "i", "s")
        finally:
            server.shutdown()
            thread.join()
