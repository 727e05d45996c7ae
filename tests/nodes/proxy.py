"""A link to PostgreSQL that can be cut at a chosen moment."""

import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

COMMIT = b"COMMIT\0"
WRITES = (b"INSERT INTO", b'UPDATE "leadline')


class Proxy:
    """Listens on loopback and passes everything on to a server's socket.

    `cut_at_commit` counts the commits of transactions that wrote; at that one the server
    gets to see it and answers, and the answer is lost with the link.
    """

    def __init__(
        self, url: str, cut_at_commit: int = 0, before_each: Callable[[], None] = lambda: None
    ) -> None:
        """`before_each` is called when the client has said something that the server has not heard yet."""
        self._before_each = before_each
        parts = urlsplit(url)
        self._target = parse_qs(parts.query)["host"][0] + "/.s.PGSQL.5432"
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        self.url = f"postgresql://postgres@127.0.0.1:{port}{parts.path}?gssencmode=disable&sslmode=disable"
        self.left = cut_at_commit
        self.cuts = 0
        self._counting = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more links."""
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with client, server, suppress(OSError):
            server.connect(self._target)
            cutting = wrote = False
            while True:
                ready, _, _ = select.select([client, server], [], [])
                for each in ready:
                    data = each.recv(1 << 16)
                    if not data or (cutting and each is server):
                        return
                    if each is client:
                        self._before_each()
                    (server if each is client else client).sendall(data)
                    if each is client:
                        wrote = wrote or any(verb in data for verb in WRITES)
                        if data.endswith(COMMIT):
                            cutting, wrote = wrote and self._is_the_one(), False

    def _is_the_one(self) -> bool:
        with self._counting:
            self.left -= 1
            self.cuts += self.left == 0
            return self.left == 0
