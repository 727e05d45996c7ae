"""Status polls per second, against a bare route of the same framework that reads one row."""

import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

import httptools

from tests.clusters import url_for
from tests.harness import start_server, subscription, until
from tests.sockets import free_port

SECONDS = 3.0
REPEATS = 5
BARE = """
import sys, psycopg, anyio.to_thread, queue, uvicorn, json
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
connections = queue.LifoQueue()
def read():
    try: connection = connections.get_nowait()
    except queue.Empty: connection = psycopg.connect(sys.argv[1], autocommit=True)
    row = connection.execute("SELECT 1001, 'Complete', 3, 0, 0").fetchone()
    connections.put(connection)
    return row
async def route(request):
    row = await anyio.to_thread.run_sync(read)
    return Response(json.dumps({"result": list(row)}), media_type="application/json")
uvicorn.run(Starlette(routes=[Route("/bulk/v1/leads/batch/{id}.json", route)]), port=int(sys.argv[2]),
            loop="uvloop", http="httptools", log_level="critical", access_log=False)
"""


def _rate(port: int, headers: str, path: str) -> float:
    """Return answers per second to one connection that asks again at once."""
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n".encode()
    with socket.create_connection(("127.0.0.1", port)) as link:
        answers, end = 0, time.perf_counter() + SECONDS
        while time.perf_counter() < end:
            exchange(link, request)
            answers += 1
    return answers / SECONDS


def exchange(link: socket.socket, request: bytes) -> bytes:
    """Send a request and wait for the whole answer; return its body."""
    link.sendall(request)
    body: list[bytes] = []
    done: list[bool] = []

    class Protocol:
        def on_body(self, part: bytes) -> None:
            body.append(part)

        def on_message_complete(self) -> None:
            done.append(True)

    parser = httptools.HttpResponseParser(Protocol())
    while not done:
        parser.feed_data(link.recv(65536))
    return b"".join(body)


def polls(folder: Path) -> str:
    """Return the rates of both and their ratio."""
    place = folder / "polls"
    place.mkdir()
    server, port = start_server(place / "data", subscription(), workers=1), free_port()
    bare = subprocess.Popen([sys.executable, "-c", BARE, url_for("postgres", place / "data"), str(port)])
    try:
        batch_id = server.run_import("email\na@example.com\n")["batchId"]
        headers, path = f"Authorization: Bearer {server.token}\r\n", f"/bulk/v1/leads/batch/{batch_id}.json"
        until(lambda: _answers(port))
        ours_port = int(server.address.rpartition(":")[2])
        pairs = [(_rate(ours_port, headers, path), _rate(port, "", path)) for _ in range(REPEATS)]
    finally:
        bare.kill()
        bare.wait()
        server.stop()
    ours, theirs = (statistics.median(each) for each in zip(*pairs, strict=True))
    ratio = statistics.median(our / their for our, their in pairs)
    return (
        f"Status polls on one connection: {ours:,.0f} per second, a bare route that reads one row "
        f"{theirs:,.0f}: ratio {ratio:.2f} (aim: 0.7)."
    )


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
