"""What the tests of attacks share: queries, and clients that behave badly.

Clients are told apart by X-Forwarded-For, which the server believes of 127.0.0.1.
"""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import httpx
from tests.helpers.server import Server

ASK = "ASK { ?who a <https://w3id.org/g7kg/ontology#Minister> }"
PRODUCT = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
SLOW = f"SELECT (COUNT(*) AS ?n) WHERE {{ {PRODUCT} }}"
DOUBLING = " ".join(f"BIND(CONCAT(?a{step}, ?a{step}) AS ?a{step + 1})" for step in range(40))


def query(server: Server, text: str, client: str = "192.0.2.1", **parameters: str) -> httpx.Response:
    headers = {"X-Forwarded-For": client}
    return httpx.get(f"{server.base}/sparql", params={"query": text, **parameters}, headers=headers, timeout=20)


def post(server: Server, text: str, client: str = "192.0.2.1") -> httpx.Response:
    headers = {"X-Forwarded-For": client, "Content-Type": "application/sparql-query"}
    return httpx.post(f"{server.base}/sparql", content=text, headers=headers, timeout=20)


def answer_another(server: Server) -> None:
    """Have the server answer another client, who asks a query that nobody has asked before."""
    response = query(server, f"{ASK} # {time.monotonic()}", "198.51.100.7")
    assert (response.status_code, response.json()["boolean"]) == (200, True)


def connect(server: Server, request: bytes = b"", source: str = "127.0.0.1", room: int = 0) -> socket.socket:
    """Return a connection over which ``request`` was sent; it has ``room`` bytes for answers, if that is stated."""
    url = httpx.URL(server.base)
    opened = socket.create_connection((url.host, url.port or 80), 20, (source, 0))
    if room:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    opened.sendall(request)
    return opened


def exchange(server: Server, request: bytes, source: str = "127.0.0.1") -> bytes:
    """Return all that comes in answer to ``request`` until the server closes the connection."""
    with connect(server, request, source) as connection:
        return read_all(connection)


@contextmanager
def send_ahead(server: Server, requests: bytes) -> Iterator[None]:
    """Have a hundred clients send of ``requests`` what goes at once; none of them reads an answer."""
    with ExitStack() as stack:
        for _ in range(100):
            connection = stack.enter_context(connect(server, room=4096))
            connection.setblocking(False)  # noqa: FBT003 - as the socket has it
            with suppress(BlockingIOError):
                connection.send(requests)
        yield


def read_all(connection: socket.socket) -> bytes:
    received = b""
    while data := connection.recv(65536):
        received += data
    return received
