"""A link to PostgreSQL that can be cut in several ways, at a moment that the test chooses."""

import select
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

COMMIT = b"COMMIT\0"
WRITES = (b"INSERT INTO", b'UPDATE "leadline')
_GLANCE_SECONDS = 0.02
_AT_ONCE = struct.pack("ii", 1, 0)


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
        self._open = threading.Event()
        self._open.set()
        self._resets = 0
        self._bytes_left: int | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    def reset(self) -> None:
        """Cut all links there are, as a firewall that forgets them does; new ones are taken."""
        self._resets += 1

    def swallow(self) -> None:
        """Take everything and pass nothing on, old links and new, until `heal`."""
        self._open.clear()

    def cut_after(self, count: int) -> None:
        """Cut the link on which the last of the next `count` bytes goes by, in either direction."""
        with self._counting:
            self._bytes_left = count

    def heal(self) -> None:
        """Pass everything on again; what was swallowed arrives late."""
        self._open.set()
        with self._counting:
            self._bytes_left = None

    def close(self) -> None:
        """Take no more links, and end those there are."""
        self._listener.close()
        self._open.set()
        self.reset()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with client, server, suppress(OSError):
            began_at = self._resets
            self._open.wait()
            server.connect(self._target)
            cutting = wrote = False
            while True:
                ready, _, _ = select.select([client, server], [], [], _GLANCE_SECONDS)
                self._open.wait()
                if self._resets != began_at:
                    return self._cut(client)
                for each in ready:
                    data = each.recv(1 << 16)
                    if not data or (cutting and each is server):
                        return None
                    if each is client:
                        self._before_each()
                    whole = self._allowed(len(data))
                    (server if each is client else client).sendall(data[:whole])
                    if whole < len(data):
                        return self._cut(client)
                    if each is client:
                        wrote = wrote or any(verb in data for verb in WRITES)
                        if COMMIT in data:
                            cutting, wrote = wrote and self._is_the_one(), False

    def _cut(self, client: socket.socket) -> None:
        """End a link in the middle: the client's side is told so at once."""
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)

    def _allowed(self, count: int) -> int:
        """Return how many of so many bytes go by before the link is cut."""
        with self._counting:
            if self._bytes_left is None:
                return count
            allowed = min(count, self._bytes_left)
            self._bytes_left -= allowed
            if allowed < count:
                self._bytes_left = None
                self.cuts += 1
            return allowed

    def _is_the_one(self) -> bool:
        with self._counting:
            self.left -= 1
            self.cuts += self.left == 0
            return self.left == 0
