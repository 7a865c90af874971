"""The W3C's conformance tests: their manifests, their requests as they are sent, a graph store to be written to."""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.message import Message
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

import pyoxigraph as ox
from rdflib import RDF, RDFS, Graph, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.query import Result
from rdflib.term import Node

MF: Final = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
_CNT: Final = Namespace("http://www.w3.org/2011/content#")
_HT: Final = Namespace("http://www.w3.org/2011/http#")
_UT: Final = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")

_TABLES: Final = {
    "application/sparql-results+json": "json",
    "application/sparql-results+xml": "xml",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
}
"""The media types of SPARQL results, and what rdflib calls them."""

RDF_TYPES: Final = ("text/turtle", "application/rdf+xml", "application/n-triples")
"""The media types of RDF that the tests of the protocol name (RDFa apart, which nobody serves for data)."""


@dataclass(frozen=True)
class Expected:
    """What a manifest demands of a response; ``None`` where it demands nothing."""

    statuses: frozenset[str]
    boolean: bool | None
    format: str | None
    content_type: str | None
    body: bytes | None
    location: str | None


@dataclass(frozen=True)
class Call:
    """A request, with the headers of the manifest and no other."""

    authority: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    expected: Expected

    @property
    def content_type(self) -> str:
        """The value of its Content-Type header."""
        return next(value for name, value in self.headers if name.lower() == "content-type")

    def fill(self, variable: str, value: str) -> Call:
        """Return the request with ``value`` instead of the template variable ``variable``."""
        body = self.body and self.body.replace(variable.encode(), value.encode())
        return replace(self, target=self.target.replace(variable, value), body=body)


@dataclass(frozen=True)
class Entry:
    """A test of a manifest: its local name, its requests, the files of its data by the names of the graphs."""

    name: str
    calls: tuple[Call, ...]
    data: tuple[tuple[str, Path], ...]


@dataclass(frozen=True)
class Answer:
    """A response."""

    status: int
    headers: Message
    body: bytes

    @property
    def media_type(self) -> str:
        """The media type without its parameters; of a missing header, the empty string."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def read_entries(manifest: Path, kind: URIRef, prefix: str = "", ours: str = "") -> list[Entry]:
    """Return the tests of ``kind`` by name, listed as entries or not; ``prefix`` of their targets becomes ``ours``."""
    graph = Graph().parse(manifest, format="turtle")
    found = (_Reader(graph, manifest.parent, prefix, ours).read(node) for node in graph.subjects(RDF.type, kind))
    return sorted(found, key=lambda entry: entry.name)


@dataclass(frozen=True)
class _Reader:
    graph: Graph
    folder: Path
    prefix: str
    ours: str

    def read(self, node: Node) -> Entry:
        connection = self.graph.value(node, MF.action)
        data = tuple(
            (self._text(item, RDFS.label), self.folder / self._text(item, _UT.graph).rpartition("/")[2])
            for item in self.graph.objects(node, _UT.graphData)
        )
        calls = tuple(self._read_calls(connection)) if connection else ()
        return Entry(str(node).rpartition("#")[2], calls, data)

    def _read_calls(self, connection: Node) -> Iterator[Call]:
        authority = self._text(connection, _HT.connectionAuthority)
        for node in self._list(connection, _HT.requests):
            path = self._text(node, _HT.absolutePath)
            assert path.startswith(self.prefix)
            yield Call(
                authority=authority,
                method=self._text(node, _HT.methodName),
                target=self.ours + path.removeprefix(self.prefix),
                headers=self._read_headers(node),
                body=self._read_body(node),
                expected=self._read_expected(node),
            )

    def _read_expected(self, call: Node) -> Expected:
        node = self.graph.value(call, _HT.resp)
        assert node
        statuses = self.graph.objects(node, MF.expectedStatus)
        boolean = self._optional(node, MF.expectedBoolean)
        headers = {name.lower(): value for name, value in self._read_headers(node)}
        assert headers.keys() <= {"content-type"}, "a header is demanded that nobody checks"
        return Expected(
            statuses=frozenset(str(status).rpartition("#")[2] for status in statuses),
            boolean=None if boolean is None else boolean == "true",
            format=self._optional(node, MF.expectedFormat),
            content_type=headers.get("content-type"),
            body=self._read_body(node),
            location=self._optional(node, MF.expectedLocation),
        )

    def _read_headers(self, node: Node) -> tuple[tuple[str, str], ...]:
        headers = self._list(node, _HT.headers)
        return tuple((self._text(item, _HT.fieldName), self._text(item, _HT.fieldValue)) for item in headers)

    def _read_body(self, node: Node) -> bytes | None:
        body = self.graph.value(node, _HT.body)
        return self._text(body, _CNT.chars).encode(self._text(body, _CNT.characterEncoding)) if body else None

    def _list(self, node: Node, property_: URIRef) -> list[Node]:
        head = self.graph.value(node, property_)
        return list(Collection(self.graph, head)) if head else []

    def _optional(self, node: Node, property_: URIRef) -> str | None:
        value = self.graph.value(node, property_)
        return None if value is None else str(value)

    def _text(self, node: Node, property_: URIRef) -> str:
        text = self._optional(node, property_)
        assert text is not None, f"{node} lacks {property_}"
        return text


def send(base: str, call: Call) -> Answer:
    """Send ``call`` to the server at ``base``: to its address, but under the authority that the manifest names."""
    address = urlsplit(base)
    with closing(http.client.HTTPConnection(address.netloc, timeout=30)) as connection:
        connection.putrequest(call.method, call.target, skip_host=True, skip_accept_encoding=True)
        # a body cannot be told from the next request without its length, so that is sent too
        framing = [] if call.body is None else [("Content-Length", str(len(call.body)))]
        for name, value in (("Host", call.authority), *call.headers, *framing):
            connection.putheader(name, value)
        connection.endheaders(call.body)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())


def check_answer(call: Call, answer: Answer) -> None:
    """Assert all that the manifest demands of the answer to ``call``."""
    expected = call.expected
    assert any(_is_status(answer.status, name) for name in expected.statuses), (answer, expected.statuses)
    if expected.content_type is not None:
        stated = Message()
        stated["Content-Type"] = expected.content_type
        assert answer.headers.get_params() == stated.get_params()
    if expected.format is not None:
        _CHECKS[expected.format](answer)
    if expected.boolean is not None:
        assert read_boolean(answer) is expected.boolean
    if expected.body is not None:
        assert expected.content_type
        wanted = Graph().parse(data=expected.body, format=expected.content_type.partition(";")[0])
        assert read_graph(answer).isomorphic(wanted), answer.body.decode()


def _is_status(status: int, name: str) -> bool:
    """Tell whether ``name``, of a status such as NotFound or of a class such as StatusCode4xx, fits ``status``."""
    if match := re.fullmatch(r"StatusCode(\d)xx", name):
        return status // 100 == int(match[1])
    return status == HTTPStatus[re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()]


def read_boolean(answer: Answer) -> bool:
    """Return the result of an ASK query."""
    assert answer.media_type in {"application/sparql-results+json", "application/sparql-results+xml"}, answer
    result = _read_result(answer)
    assert result.type == "ASK"
    assert isinstance(result.askAnswer, bool)
    return result.askAnswer


def read_graph(answer: Answer) -> Graph:
    """Return the RDF in an answer."""
    assert answer.media_type in RDF_TYPES, answer
    return Graph().parse(data=answer.body, format=answer.media_type)


def _read_table(answer: Answer) -> list[object]:
    assert answer.media_type in _TABLES, answer
    result = _read_result(answer)
    assert result.type == "SELECT"
    return list(result)


def _read_result(answer: Answer) -> Result:
    return Result.parse(BytesIO(answer.body), format=_TABLES[answer.media_type])


_CHECKS: Final[dict[str, Callable[[Answer], object]]] = {
    "boolean": read_boolean,
    "tabular": _read_table,
    "RDF": read_graph,
}


class GraphStore:
    """What a graph store holds after the writing requests of a test, which a server that only reads does not take."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.store = ox.Store()

    def take(self, call: Call) -> str:
        """Carry out PUT, POST or DELETE; return the name of the graph, the empty string for the default graph."""
        graph = self._identify(call)
        if call.method in {"PUT", "DELETE"}:
            self.store.remove_graph(graph)
        if call.method in {"PUT", "POST"}:
            self.store.extend(_parse(call, graph))
        return graph.value if isinstance(graph, ox.NamedNode) else ""

    def _identify(self, call: Call) -> ox.NamedNode | ox.DefaultGraph:
        address = urlsplit(call.target)
        parameters = parse_qs(address.query, keep_blank_values=True)
        if "default" in parameters:
            return ox.DefaultGraph()
        if names := parameters.get("graph"):
            return ox.NamedNode(names[0])
        if address.path != self.path:
            return ox.NamedNode(f"http://{call.authority}{address.path}")
        assert call.method == "POST", "only POST makes a graph of a new name"
        return ox.NamedNode(f"http://{call.authority}{self.path}/new/{len(self.store)}")


def _parse(call: Call, graph: ox.NamedNode | ox.DefaultGraph) -> Iterator[ox.Quad]:
    """Yield the triples in the body of ``call``, and be it a form with several files, as quads of ``graph``."""
    assert call.body is not None
    message = message_from_bytes(f"Content-Type: {call.content_type}\r\n\r\n".encode() + call.body)
    base = graph.value if isinstance(graph, ox.NamedNode) else None
    for part in message.walk():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            format_ = ox.RdfFormat.from_media_type(part.get_content_type())
            # each body has blank nodes of its own, whatever they are called in it
            for quad in ox.parse(content, format_, base_iri=base, rename_blank_nodes=True):
                yield ox.Quad(quad.subject, quad.predicate, quad.object, graph)
