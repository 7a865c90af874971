"""A service that is published to: its addresses, and what can be asked of them."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from tempfile import TemporaryFile
from typing import Final, TypeVar
from urllib.parse import urlencode

from pyoxigraph import NamedNode

from g7kg.engine.remote import TRIPLES, RemoteStore, Service
from g7kg.errors import Location, Overload, StoreError, WorkspaceError
from g7kg.http.credentials import read_credentials
from g7kg.http.endpoint import Endpoint, check_address

_LAYOUTS: Final = {
    "/data": ("/sparql", "/update"),
    "/store": ("/query", "/update"),
    "/sparql-graph-crud-auth": ("/sparql", "/sparql-auth"),
    "/rdf-graphs/service": ("", "/statements"),
    "/sparql": ("/sparql", "/sparql"),
}
"""Where Fuseki, Oxigraph, Virtuoso and RDF4J take queries and updates, by the end of their graph store's address.

Blazegraph has no graph store: all goes to one address."""

_UPDATE: Final = "application/sparql-update; charset=utf-8"

_SECONDS: Final = 600.0
"""How long a service may take without a word."""

_PAUSES: Final = (0.5, 1.0, 2.0, 4.0)
"""Seconds between one attempt and the next."""

T = TypeVar("T")


@dataclass(frozen=True)
class Target:
    """A service by three addresses: its graph store, where it takes queries, where it takes updates.

    One that has no graph store has the address for updates there.
    """

    store: str
    query: str
    update: str


def find_target(store: str, query: str | None = None, update: str | None = None) -> Target:
    """Return the service whose graph store is at ``store``; the other addresses are derived where they are not given.

    Raises ``WorkspaceError`` for what is no address, and where nothing can be derived.
    """
    base = check_address(store).rstrip("/")
    ending = next((ending for ending in _LAYOUTS if base.endswith(ending)), "")
    if not ending and not (query and update):
        hint = f"give --query and --update; they follow from addresses that end in {', '.join(_LAYOUTS)}"
        raise WorkspaceError("where it takes queries and updates is not known", location=Location(store), hint=hint)
    queries, updates = _LAYOUTS.get(ending, ("", ""))
    stem = base.removesuffix(ending)
    return Target(base, check_address(query or stem + queries), check_address(update or stem + updates))


class Client:
    """One connection to each address of a target. What fails in passing is tried again, a few times."""

    def __init__(
        self, target: Target, environment: Mapping[str, str], pause: Callable[[float], object] = time.sleep
    ) -> None:
        credentials = read_credentials(environment)
        self.graphs = Endpoint(target.store, credentials, _SECONDS)
        self.updates = Endpoint(target.update, credentials, _SECONDS)
        self.queries = RemoteStore(Service(target.query), Endpoint(target.query, credentials, _SECONDS))
        self.pause = pause

    def put(self, graph: NamedNode, triples: Callable[[], Iterable[bytes]]) -> None:
        """Make the N-Triples that ``triples`` gives all that ``graph`` holds (Graph Store Protocol, section 5.3).

        Without a graph store, by updates, one for each piece: a blank node in two of them becomes two.
        """
        if self.graphs.address == self.updates.address:
            self.retry(lambda: self.update(f"DROP SILENT GRAPH {graph}"))
            for piece in triples():
                self.retry(partial(self.update, f"INSERT DATA {{ GRAPH {graph} {{\n{piece.decode()}}} }}"))
            return
        parameters = urlencode({"graph": graph.value})

        def send() -> None:
            with self.graphs.send("PUT", body, {"Content-Type": TRIPLES}, parameters) as reply:
                reply.read()

        with TemporaryFile() as body:  # its length must be known: Virtuoso takes nothing of a body in chunks
            body.writelines(triples())
            self.retry(send)

    def update(self, text: str) -> None:
        """Send an update, once: whether one whose answer is lost was carried out is for the caller to find out."""
        with self.updates.send("POST", text.encode(), {"Content-Type": _UPDATE}) as reply:
            reply.read()

    def retry(self, action: Callable[[], T]) -> T:
        """Return what ``action`` returns; it is called again where it fails in passing."""
        for seconds in _PAUSES:
            try:
                return action()
            except Overload:
                self.pause(seconds)
            except StoreError as error:
                if not error.transient:
                    raise
                self.pause(seconds)
        return action()

    def close(self) -> None:
        """Close the connections."""
        for endpoint in (self.graphs, self.updates, self.queries.endpoint):
            endpoint.close()
