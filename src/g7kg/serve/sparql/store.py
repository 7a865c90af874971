"""Whole graphs by their names (SPARQL 1.1 Graph Store HTTP Protocol, the reading half)."""

from functools import partial
from typing import Final

from pyoxigraph import NamedNode
from starlette.requests import Request
from starlette.responses import Response

from g7kg.engine import EngineRequest
from g7kg.errors import NotFound, RequestError
from g7kg.http.negotiation import find_format, negotiate
from g7kg.rdf.binding import bind_terms
from g7kg.rdf.formats import GRAPH_FORMATS, Format
from g7kg.serve.answers import Variant, choose_variant, respond, run_while_connected, to_response
from g7kg.serve.site import accept_of, engine_of, site_of, url_of

NAMED: Final = "CONSTRUCT { ?s ?p ?o } WHERE { GRAPH ?graph { ?s ?p ?o } }"
DEFAULT: Final = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"


async def answer_store(request: Request) -> Response:
    """Return the graph that ``?graph=`` names, the default graph for ``?default``, else the one of this address."""
    graph = _identify(request)
    name = request.query_params.get("format")
    chosen = find_format(name, GRAPH_FORMATS) if name else negotiate(accept_of(request), GRAPH_FORMATS)
    return await respond_graph(request, graph, chosen, {})


async def respond_graph(request: Request, graph: str | None, chosen: Format, headers: dict[str, str]) -> Response:
    """Return the triples of ``graph`` (``None``: the default one) with ``headers``; ``NotFound`` if there are none."""
    if graph is not None and graph not in site_of(request).manifest.graphs:
        raise NotFound(f"there is no graph {graph}", hint="the description of the service lists them: GET /sparql")
    location = headers.get("Content-Location", "")
    variant = choose_variant(request, "graph", graph, chosen.name, request.url.path, location=location)
    return await respond(request, variant, partial(_read, request, graph, chosen, variant, headers))


async def _read(
    request: Request, graph: str | None, chosen: Format, variant: Variant, headers: dict[str, str]
) -> Response:
    query = DEFAULT if graph is None else bind_terms(NAMED, {"graph": NamedNode(graph)})
    asked = EngineRequest(query, None, chosen.name, encoding=variant.encoding)
    answer = await run_while_connected(request, engine_of(request).run(asked))
    return to_response(answer, {**headers, "Content-Type": chosen.content_type})


def _identify(request: Request) -> str | None:
    """Return the name of the graph that is asked for, ``None`` for the default graph (section 4)."""
    names, default = request.query_params.getlist("graph"), "default" in request.query_params
    if len(names) + default > 1:
        raise RequestError("more than one graph is asked for", hint="give graph once, or default")
    if default:
        return None
    if names:
        return read_graph_name("graph", names[0])
    if request.path_params.get("path"):
        return url_of(request)
    raise RequestError("no graph is asked for", hint="give ?graph=IRI or ?default")


def read_graph_name(parameter: str, name: str) -> str:
    """Return ``name``, which a request has in ``parameter``; ``RequestError`` if it is no absolute IRI."""
    try:
        return NamedNode(name).value
    except ValueError as error:
        message = f"the parameter {parameter} is “{name}”, which is no absolute IRI"
        raise RequestError(message, hint="such as https://w3id.org/g7kg/graph/registry") from error
