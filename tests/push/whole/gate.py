"""A network that may be gone: connections go through to a server, or are refused."""

import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit


class Gate:
    """Listens on a port of its own, and passes on what comes and goes while it is open."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._server = (parts.hostname or "", parts.port or 0)
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listen(0)
        self.url = f"http://127.0.0.1:{self._port}"

    def close(self) -> None:
        """Let the network be gone: whoever connects is refused, and what is open breaks."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._open, self._threads = [], []

    def open(self) -> None:
        """Let it be there again."""
        self._listen(self._port)

    def _listen(self, port: int) -> None:
        self._listener = socket.create_server(("127.0.0.1", port))
        self._port = self._listener.getsockname()[1]
        self._start(self._accept, self._listener)

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(self._server)
                self._open += [client, server]
                self._start(self._pass_on, client, server)
                self._start(self._pass_on, server, client)

    def _pass_on(self, here: socket.socket, there: socket.socket) -> None:
        with suppress(OSError):
            while block := here.recv(65_536):
                there.sendall(block)
        for each in (here, there):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        here.close()

    def _start(self, work: object, *args: socket.socket) -> None:
        assert callable(work)
        thread = threading.Thread(target=work, args=args)
        self._threads.append(thread)
        thread.start()
