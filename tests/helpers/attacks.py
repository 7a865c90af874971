"""What the tests of attacks share: queries, and clients that behave badly.

Clients are told apart by X-Forwarded-For, which the server believes of 127.0.0.1.
"""

import socket
import time
from contextlib import ExitStack
from urllib.parse import urlsplit

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


def connect(server: Server, stack: ExitStack, request: bytes = b"", source: str = "127.0.0.1") -> socket.socket:
    host, port = urlsplit(server.base).netloc.split(":")
    opened = stack.enter_context(socket.create_connection((host, int(port)), 10, (source, 0)))
    opened.sendall(request)
    return opened


def read_all(connection: socket.socket) -> bytes:
    received = b""
    while data := connection.recv(65536):
        received += data
    return received
