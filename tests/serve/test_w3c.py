"""The W3C's conformance tests of SPARQL 1.1: what they say about reading, over HTTP.

They are asked of a server over its own store, and of one over each of the other engines. The server only reads.
Requests that write are checked to be refused; what they would have written is published as the next snapshot, which the
running server moves to.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import httpx
import pyoxigraph as ox
import pytest
from rdflib import RDF, Graph, Literal, Namespace, URIRef
from rdflib.term import Node
from tests.helpers.engines import ENGINES, run_engine
from tests.helpers.project import SHARED, quiet
from tests.helpers.served import wait_for
from tests.helpers.server import Server, run_server
from tests.helpers.w3c import (
    MF,
    RDF_TYPES,
    Answer,
    Call,
    Entry,
    Expected,
    GraphStore,
    check_answer,
    read_boolean,
    read_entries,
    read_graph,
    send,
)

from g7kg.build.load import load_snapshot
from g7kg.build.service import Target, publish_snapshot

W3C: Final = SHARED / "w3c"

if not W3C.is_dir():
    pytest.skip("needs the W3C's tests, which the project does not ship", allow_module_level=True)

PROTOCOL: Final = [
    entry
    for entry in read_entries(W3C / "protocol" / "manifest.ttl", MF.ProtocolTest, "/sparql/", "/sparql")
    if "update" not in entry.name
]
DESCRIPTION: Final = read_entries(W3C / "service-description" / "manifest.ttl", MF.ServiceDescriptionTest)
STORE: Final = [
    entry
    for name in ("manifest-direct.ttl", "manifest-indirect.ttl")
    for entry in read_entries(W3C / "graph-store-protocol" / name, MF.GraphStoreProtocolTest, "/gsp", "/store")
]
WRITES: Final = [call for entry in STORE for call in entry.calls if call.method not in {"GET", "HEAD"}]

NOTHING: Final = Expected(frozenset(), None, None, None, None, None)
BYSTANDER: Final = ox.NamedNode("http://www.example/bystander")


def name_of(value: Entry) -> str:
    return value.name


@dataclass(frozen=True)
class Place:
    """Where data is published: a folder and, if a server is not to use the store there, an engine."""

    folder: Path
    engine: Target | None

    def publish(self, store: ox.Store) -> str:
        """Publish what ``store`` holds; return the digest of the snapshot."""
        file = self.folder / "data.nq"
        store.dump(file, ox.RdfFormat.N_QUADS)
        snapshot, manifest = load_snapshot([file], self.folder / "out", None, quiet)
        if self.engine:
            publish_snapshot(snapshot, self.engine, quiet)
        return manifest.digest

    @contextmanager
    def serve(self) -> Iterator[Server]:
        options = ("--store", self.engine.query) if self.engine else ()
        snapshot = ("--snapshot", self.folder / "out")
        with run_server(self.folder / "log", *snapshot, "--workers", "2", *options) as server:
            yield server


@contextmanager
def open_place(engine: str, folder: Path) -> Iterator[Place]:
    if engine == "embedded":
        yield Place(folder, None)
        return
    with run_engine(engine, folder) as target:
        yield Place(folder, target)


FOREIGN: Final = ENGINES[:-1]
STORES: Final = ("embedded", *FOREIGN, pytest.param(ENGINES[-1], marks=pytest.mark.soak))


@pytest.fixture(scope="module", params=STORES)
def protocol(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve the data of all tests of the protocol: these all ask for what is there, none for what is not."""
    store = ox.Store()
    for label, path in {pair for entry in PROTOCOL for pair in entry.data}:
        store.load(path=path, format=ox.RdfFormat.N_TRIPLES, to_graph=ox.NamedNode(label))
    with open_place(request.param, tmp_path_factory.mktemp("protocol")) as place:
        place.publish(store)
        with place.serve() as server:
            yield server


@pytest.fixture(scope="module", params=[pytest.param("embedded", marks=pytest.mark.soak), *FOREIGN])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with open_place(request.param, tmp_path_factory.mktemp("graph-store")) as opened:
        opened.publish(ox.Store())
        yield opened


@pytest.fixture(scope="module")
def graph_store(place: Place) -> Iterator[Server]:
    with place.serve() as server:
        yield server


def wait_for_move(server: Server, digest: str) -> None:
    """Return when the server has moved to the snapshot ``digest``."""
    wait_for(lambda: httpx.get(f"{server.base}/readyz", timeout=20).json().get("snapshot") == digest)


@pytest.mark.parametrize("entry", PROTOCOL, ids=name_of)
def test_protocol(entry: Entry, protocol: Server) -> None:
    assert entry.calls
    for call in entry.calls:
        check_answer(call, send(protocol.base, call))


@pytest.mark.parametrize("entry", [entry for entry in PROTOCOL if entry.data], ids=name_of)
def test_every_graph_of_the_dataset_counts(entry: Entry, protocol: Server) -> None:
    """The W3C's tests of datasets would pass on the union of all graphs; so without one of the graphs they must not."""
    calls = [poorer for call in entry.calls for poorer in leave_graphs_out(call)]
    named_in_query = 1 if entry.name == "query_multiple_dataset" else 0
    assert len(calls) == len(entry.data) - named_in_query
    for call in calls:
        assert read_boolean(send(protocol.base, call)) is False, call.target


def leave_graphs_out(call: Call) -> Iterator[Call]:
    """Yield ``call`` without each one of the parameters that name a graph."""
    path, _, query = call.target.partition("?")
    parameters = query.split("&")
    for left_out in parameters:
        if left_out.startswith(("default-graph-uri=", "named-graph-uri=")):
            yield replace(call, target=f"{path}?{'&'.join(p for p in parameters if p != left_out)}")


@pytest.mark.parametrize("entry", STORE, ids=name_of)
def test_graph_store(entry: Entry, graph_store: Server, place: Place) -> None:
    assert any(call.method in {"GET", "HEAD"} for call in entry.calls)
    model = new_model(entry)
    variables: dict[str, str] = {}
    for template in entry.calls:
        call = template
        for variable, value in variables.items():
            call = call.fill(variable, value)
        if call.method in {"GET", "HEAD"}:
            wait_for_move(graph_store, place.publish(model.store))
            check_answer(call, send(graph_store.base, call))
        else:
            graph = model.take(call)
            variables |= {call.expected.location: graph} if call.expected.location else {}


def new_model(entry: Entry) -> GraphStore:
    """Return a store with one graph that is never asked for; none if the default graph is, which would hold it too."""
    model = GraphStore("/store")
    if not any(call.target.endswith("?default") for call in entry.calls):
        model.store.add(ox.Quad(BYSTANDER, BYSTANDER, BYSTANDER, BYSTANDER))
    return model


def test_graph_store_refuses_to_write(graph_store: Server) -> None:
    assert {call.method for call in WRITES} == {"PUT", "POST", "DELETE"}
    for call in WRITES:
        answer = send(graph_store.base, call)
        allowed = {method.strip() for method in answer.headers.get("Allow", "").split(",")}
        assert (answer.status, allowed >= {"GET", "HEAD"}, allowed & {"PUT", "POST", "DELETE"}) == (405, True, set())


SD: Final = Namespace("http://www.w3.org/ns/sparql-service-description#")
FORMATS: Final = Namespace("http://www.w3.org/ns/formats/")

SCHEMA: Final[dict[str, tuple[URIRef, URIRef | None]]] = {
    "availableGraphs": (SD.Service, SD.GraphCollection),
    "defaultDataset": (SD.Service, SD.Dataset),
    "defaultEntailmentRegime": (SD.Service, SD.EntailmentRegime),
    "defaultGraph": (SD.Dataset, SD.Graph),
    "defaultSupportedEntailmentProfile": (SD.Service, SD.EntailmentProfile),
    "endpoint": (SD.Service, None),
    "entailmentRegime": (SD.NamedGraph, SD.EntailmentRegime),
    "extensionAggregate": (SD.Service, SD.Aggregate),
    "extensionFunction": (SD.Service, SD.Function),
    "feature": (SD.Service, SD.Feature),
    "graph": (SD.NamedGraph, SD.Graph),
    "inputFormat": (SD.Service, FORMATS.Format),
    "languageExtension": (SD.Service, SD.Feature),
    "name": (SD.NamedGraph, None),
    "namedGraph": (SD.GraphCollection, SD.NamedGraph),
    "propertyFeature": (SD.Service, SD.Feature),
    "resultFormat": (SD.Service, FORMATS.Format),
    "supportedEntailmentProfile": (SD.NamedGraph, SD.EntailmentProfile),
    "supportedLanguage": (SD.Service, SD.Language),
}
"""Domain and range of every property of the vocabulary; ``None``: any IRI (Service Description, section 3.4)."""

CLASSES: Final = {class_ for pair in SCHEMA.values() for class_ in pair if class_}
KNOWN: Final[dict[Node, URIRef]] = {
    **dict.fromkeys((SD.SPARQL10Query, SD.SPARQL11Query, SD.SPARQL11Update), SD.Language),
    **dict.fromkeys((SD.DereferencesURIs, SD.UnionDefaultGraph, SD.RequiresDataset), SD.Feature),
    **dict.fromkeys((SD.EmptyGraphs, SD.BasicFederatedQuery), SD.Feature),
    **{FORMATS[f"SPARQL_Results_{name}"]: FORMATS.Format for name in ("JSON", "XML", "CSV", "TSV")},
    **{FORMATS[name]: FORMATS.Format for name in ("Turtle", "JSON-LD", "N-Triples", "RDF_XML", "RDFa", "N-Quads")},
}
"""What the W3C's own terms are; a description need not say it."""


def describe(server: Server, accept: str | None = None) -> Answer:
    headers = (("Accept", accept),) if accept else ()
    authority = server.base.removeprefix("http://")
    return send(server.base, Call(authority, "GET", "/sparql", headers, None, NOTHING))


def check_rdf(server: Server) -> None:
    plain = read_graph(describe(server))
    assert len(plain) > 0
    for media_type in RDF_TYPES:
        answer = describe(server, media_type)
        assert (answer.status, answer.media_type) == (200, media_type)
        assert read_graph(answer).isomorphic(plain)


def check_endpoint(server: Server) -> None:
    endpoints = read_graph(describe(server)).objects(None, SD.endpoint)
    assert list(endpoints) == [URIRef(f"{server.base}/sparql")]


def check_schema(server: Server) -> None:
    graph = read_graph(describe(server))
    for subject, property_, value in graph:
        if str(property_) in SD:
            check_property(graph, subject, property_, value)
        if property_ == RDF.type and str(value) in SD:
            assert value in CLASSES
    check_numbers(graph)
    assert SD.SPARQL11Query in set(graph.objects(None, SD.supportedLanguage))
    names = set(graph.objects(None, SD.name))
    assert names == {URIRef(label) for entry in PROTOCOL for label, _ in entry.data}


def check_property(graph: Graph, subject: Node, property_: Node, value: Node) -> None:
    """Assert that both ends have the classes of the schema, which the description must state itself."""
    domain, range_ = SCHEMA[str(property_).removeprefix(SD)]
    assert domain in classes_of(graph, subject), (subject, property_)
    assert not isinstance(value, Literal), (property_, value)
    assert range_ in classes_of(graph, value) if range_ else isinstance(value, URIRef), (property_, value)


def classes_of(graph: Graph, node: Node) -> set[Node]:
    classes = {*graph.objects(node, RDF.type), *filter(None, [KNOWN.get(node)])}
    return classes | ({SD.GraphCollection} if SD.Dataset in classes else set())


def check_numbers(graph: Graph) -> None:
    """Assert what must be there, and be there once (sections 2 and 3.4)."""
    services = list(graph.subjects(RDF.type, SD.Service))
    assert len(services) == 1
    for property_ in (SD.endpoint, SD.defaultDataset):
        assert len(list(graph.objects(services[0], property_))) == 1
        assert max(Counter(graph.objects(None, property_)).values()) == 1, "the property is inverse functional"
    for dataset in graph.objects(services[0], SD.defaultDataset):
        assert len(list(graph.objects(dataset, SD.defaultGraph))) == 1
    for named in graph.objects(None, SD.namedGraph):
        assert len(list(graph.objects(named, SD.name))) == 1
        assert len(list(graph.objects(named, SD.graph))) <= 1


SERVICE_CHECKS: Final[dict[str, Callable[[Server], None]]] = {
    "returns-rdf": check_rdf,
    "has-endpoint-triple": check_endpoint,
    "conforms-to-schema": check_schema,
}


@pytest.mark.parametrize("entry", DESCRIPTION, ids=name_of)
def test_service_description(entry: Entry, protocol: Server) -> None:
    SERVICE_CHECKS[entry.name](protocol)
