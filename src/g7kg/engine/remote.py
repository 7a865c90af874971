"""A SPARQL service in place of a store: queries are sent to it, and its answers are read as if they were ours.

Everything is asked for in one format for each kind of result and written anew here: so an answer that is cut short is
noticed, rows are counted, and clients get the formats and the bytes that they know.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Final, cast
from urllib.parse import urlencode

import pyoxigraph as ox
from pyoxigraph import NamedNode, Store, Triple

from g7kg.engine.evaluation import Result, evaluate
from g7kg.engine.request import EngineRequest
from g7kg.errors import Location, StoreError
from g7kg.http.endpoint import Endpoint, Reply, read_credentials

RESULTS: Final = "application/sparql-results+json"
TRIPLES: Final = "application/n-triples"
_FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Service:
    """A SPARQL 1.1 service, by the ``address`` that takes queries (see ``endpoint.check_address``)."""

    address: str


class RemoteStore:
    """The store behind a service; with a connection of its own, so for one query at a time."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.empty = Store()

    @contextmanager
    def answer(self, request: EngineRequest) -> Iterator[Result]:
        """Yield the result of ``request``, still to be read.

        A query that is no SPARQL, or asks for federation, is refused before it is sent. Raises ``QueryError``,
        ``StoreError``, ``QueryTimeout`` or ``Overload``, while the result is read too.
        """
        kind = type(evaluate(self.empty, request))
        media_type = TRIPLES if kind is ox.QueryTriples else RESULTS
        headers = {"Accept": media_type, "Content-Type": _FORM}
        with self.endpoint.send("POST", _to_form(request), headers) as reply, self._reading():
            result = _read(reply.require(media_type), media_type)
            if isinstance(result, ox.QueryBoolean) is not (kind is ox.QueryBoolean):
                place = Location(self.endpoint.address)
                raise StoreError("the store answers another kind of query", location=place, hint="see its log")
            yield result
            reply.read(1)  # so that the end has been read, and the connection can be kept

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Turn what the parser says of an answer into ``StoreError``."""
        try:
            yield
        except SyntaxError as error:
            message = f"the store's answer is not well-formed: {error.msg}"
            raise StoreError(message, location=Location(self.endpoint.address), hint="see its log") from error


def open_remote(address: str, environment: Mapping[str, str], seconds: float | None = None) -> RemoteStore:
    """Return the store behind the service at ``address``, with the credentials that ``environment`` has.

    Nothing is sent yet; ``seconds`` may pass without a byte. Raises ``WorkspaceError`` for malformed credentials.
    """
    return RemoteStore(Endpoint(address, read_credentials(environment), seconds))


def _to_form(request: EngineRequest) -> bytes:
    """Return the parameters of the protocol (SPARQL 1.1 Protocol, section 2.1.2)."""
    base = f"BASE {NamedNode(request.base)} " if request.base else ""
    default = [("default-graph-uri", name) for name in request.default_graphs or ()]
    named = [("named-graph-uri", name) for name in request.named_graphs or ()]
    return urlencode([("query", base + request.query), *default, *named]).encode("ascii")


def _read(reply: Reply, media_type: str) -> Result:
    source = cast("IO[bytes]", reply)
    if media_type == RESULTS:
        return ox.parse_query_results(source, ox.QueryResultsFormat.JSON)
    return _to_triples(ox.parse(source, format=ox.RdfFormat.N_TRIPLES))


def _to_triples(quads: Iterator[ox.Quad]) -> Iterator[Triple]:
    return (quad.triple for quad in quads)
