"""A SPARQL service in place of a store: queries are sent to it, and its answers are read as if they were ours.

Everything is asked for in one format for each kind of result and written anew here: so an answer that is cut short is
noticed, rows are counted, and clients get the formats and the bytes that they know.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import IO, Final, cast
from urllib.parse import urlencode

import pyoxigraph as ox
from pyoxigraph import NamedNode, Store, Triple

from g7kg.engine.evaluation import Result, evaluate
from g7kg.engine.request import EngineRequest
from g7kg.engine.virtuoso import is_virtuoso, mend
from g7kg.errors import Location, QueryError, StoreError
from g7kg.http.credentials import read_credentials
from g7kg.http.endpoint import Endpoint
from g7kg.rdf.binding import bind_terms
from g7kg.rdf.lexer import keywords, read_tokens

RESULTS: Final = "application/sparql-results+json"
TRIPLES: Final = "application/n-triples"
_FORMERLY: Final = "text/plain"
"""What N-Triples were called before RDF 1.1: Blazegraph knows nothing else."""

_FORM: Final = "application/x-www-form-urlencoded"


_SUBJECTS: Final = "SELECT DISTINCT ?iri WHERE { ?iri ?property ?value }"
_OTHERS: Final = "SELECT DISTINCT ?iri WHERE { { ?thing ?property ?iri } UNION { ?another ?iri ?value } }"
"""What asks which IRIs the store knows: most stand as subjects, to which few triples belong."""

_FORMS: Final = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
_NEXT: Final = frozenset({"WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES"})


@dataclass(frozen=True)
class Service:
    """A SPARQL 1.1 service, by the ``address`` that takes queries (see ``endpoint.check_address``).

    One that shows all its graphs as its default graph is told with each query what to ask: the graph ``union`` as the
    default graph, and ``graphs``. FROM says so, because Virtuoso repeats graphs of the protocol in its headers, and
    clients of HTTP bound those.
    """

    address: str
    union: str | None = None
    graphs: tuple[str, ...] = ()

    def name_dataset(self, request: EngineRequest) -> EngineRequest:
        """Return ``request`` with its dataset in full; nothing is in what it leaves out."""
        nothing = (f"{self.union}/none",)
        if self.union is None:
            return request
        if request.default_graphs or request.named_graphs:
            default, named = request.default_graphs or nothing, request.named_graphs or nothing
            return replace(request, default_graphs=default, named_graphs=named)
        tokens = read_tokens(request.query)
        clauses = [number for number, token in enumerate(tokens) if "FROM" in keywords(token)]
        kinds = {"NAMED" in keywords(tokens[number + 1]) for number in clauses}
        if len(kinds) > 1:
            return request
        if clauses:
            place, added = tokens[clauses[0]].start(), [f"FROM {'' if True in kinds else 'NAMED '}<{nothing[0]}>"]
        else:
            graphs = self.graphs if any("GRAPH" in keywords(token) for token in tokens) else ()
            place, added = _find_body(tokens), [f"FROM <{self.union}>", *(f"FROM NAMED <{name}>" for name in graphs)]
        query = f"{request.query[:place]} {' '.join(added)} {request.query[place:]}"
        return replace(request, query=query)


def _find_body(tokens: Sequence[re.Match[str]]) -> int:
    """Return where the FROM of a query stands: before what it asks, after a template of CONSTRUCT."""
    depth, form = 0, ""
    for number, token in enumerate(tokens):
        form = form or next(iter(keywords(token) & _FORMS), "")
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        templates = form == "CONSTRUCT" and "CONSTRUCT" in keywords(tokens[number - 1])
        if token[0] == "{" and templates:
            end = next(other for other in tokens[number:] if other[0] == "}")
            return end.end()
        if form and not depth and (token[0] == "{" or keywords(token) & _NEXT):
            return token.start()
    return tokens[-1].end()


class RemoteStore:
    """The store behind a service; with a connection of its own, so for one query at a time."""

    def __init__(self, service: Service, endpoint: Endpoint) -> None:
        self.service = service
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
        former = (_FORMERLY,) if media_type == TRIPLES else ()
        headers = {"Accept": ", ".join((media_type, *former)), "Content-Type": _FORM}
        body = _to_form(self.service.name_dataset(request))
        with self.endpoint.send("POST", body, headers) as reply, self._reading():
            reply.require(media_type, *former)
            boolean = kind is ox.QueryBoolean
            source = mend(reply, boolean=boolean) if is_virtuoso(reply) else cast("IO[bytes]", reply)
            result = _read(source, media_type)
            if isinstance(result, ox.QueryBoolean) is not boolean:
                place = Location(self.endpoint.address)
                raise StoreError("the store answers another kind of query", location=place, hint="see its log")
            yield result
            reply.read(1)  # so that the end has been read, and the connection can be kept

    def list_unknown(self, iris: Sequence[str]) -> tuple[str, ...]:
        """Return those of ``iris`` that no triple has; none if the service does not tell: no answer fails for it.

        Raises ``QueryTimeout`` or ``Overload``.
        """
        with suppress(QueryError, StoreError):
            return self._list_unknown(iris)
        return ()

    def _list_unknown(self, iris: Sequence[str]) -> tuple[str, ...]:
        rest = [*map(NamedNode, iris)]
        for query in (_SUBJECTS, _OTHERS):
            if rest:
                with self.answer(EngineRequest(bind_terms(query, {"iri": rest}), "json", None)) as result:
                    known = {solution["iri"] for solution in cast("ox.QuerySolutions", result)}
                rest = [iri for iri in rest if iri not in known]
        return tuple(iri.value for iri in rest)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Turn what the parser says of an answer into ``StoreError``."""
        try:
            yield
        except SyntaxError as error:
            message = f"the store's answer is not well-formed: {error.msg}"
            raise StoreError(message, location=Location(self.endpoint.address), hint="see its log") from error


def open_remote(service: Service, environment: Mapping[str, str], seconds: float | None = None) -> RemoteStore:
    """Return the store behind ``service``, with the credentials that ``environment`` has.

    Nothing is sent yet; ``seconds`` may pass without a byte. Raises ``WorkspaceError`` for malformed credentials.
    """
    return RemoteStore(service, Endpoint(service.address, read_credentials(environment), seconds))


def _to_form(request: EngineRequest) -> bytes:
    """Return the parameters of the protocol (SPARQL 1.1 Protocol, section 2.1.2)."""
    base = f"BASE {NamedNode(request.base)} " if request.base else ""
    default = [("default-graph-uri", name) for name in request.default_graphs or ()]
    named = [("named-graph-uri", name) for name in request.named_graphs or ()]
    return urlencode([("query", base + request.query), *default, *named]).encode("ascii")


def _read(source: IO[bytes], media_type: str) -> Result:
    if media_type == RESULTS:
        return ox.parse_query_results(source, ox.QueryResultsFormat.JSON)
    return _to_triples(ox.parse(source, format=ox.RdfFormat.N_TRIPLES))


def _to_triples(quads: Iterator[ox.Quad]) -> Iterator[Triple]:
    return (quad.triple for quad in quads)
