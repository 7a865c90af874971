"""The OpenAPI description of the routes that stand outside FastAPI's own."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from g7kg.pages.questions import FORMATS as ROW_FORMATS
from g7kg.pages.questions import MOST, SIZE
from g7kg.queries.catalogue import CatalogueQuery, Parameter, describe_kind
from g7kg.rdf.formats import GRAPH_FORMATS, HTML, RESULT_FORMATS, Format
from g7kg.sandbox.exchange import DOCUMENTS
from g7kg.shacl import RENDERINGS


def _query(name: str, description: str, kind: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "description": description, "schema": kind}


_TEXT: Final[dict[str, Any]] = {"type": "string"}
_IRIS: Final[dict[str, Any]] = {"type": "array", "items": {"type": "string", "format": "uri"}}

_FORMAT: Final = "The name of a format, which wins over Accept."
_OPTIONS: Final = [
    _query("default-graph-uri", "A graph of the default graph; may be repeated.", _IRIS),
    _query("named-graph-uri", "A named graph of the dataset; may be repeated.", _IRIS),
    _query("format", _FORMAT, _TEXT),
    _query("timeout", "Seconds the query may take, fewer than the server allows.", {"type": "number"}),
]
_PROBLEM: Final = {
    "content": {"application/problem+json": {"schema": {"type": "object"}}, HTML.media_type: {"schema": _TEXT}}
}
_STATUSES: Final = {
    "304": "The representation that the client has is still right.",
    "308": "To the same address without the slash at its end.",
    "400": "The query is not valid, or the request breaks the protocol.",
    "404": "There is nothing at this address, or no such graph, snapshot or page.",
    "406": "No acceptable format; the answer lists what there is.",
    "410": "What stood here was retired.",
    "413": "The query or its answer is too large.",
    "415": "The body is in a media type that is not taken.",
    "422": "The body is not what its media type says.",
    "429": "Too many queries of this client are waiting.",
    "503": "The server is overloaded, or a worker failed.",
    "504": "The query ran into its deadline.",
}


def _contents(names: Iterable[str]) -> dict[str, Any]:
    return {name: {"schema": _TEXT} for name in names}


def _named(*formats: Format) -> dict[str, Any]:
    return _contents(format_.media_type for format_ in formats)


def _others(*statuses: str) -> dict[str, Any]:
    """Return how responses with these ``statuses`` are described: errors tell what is wrong."""
    return {status: {"description": _STATUSES[status], **(_PROBLEM if status >= "4" else {})} for status in statuses}


_FAILURES: Final = _others("304", "308", "400", "404", "406", "410", "429", "503", "504")
"""What any address may answer to GET instead of what stands there."""


def _responses(description: str, *formats: Format) -> dict[str, Any]:
    others = _others("304", "400", "404", "406", "410", "413", "415", "429", "503", "504")
    return {"200": {"description": description, "content": _named(*formats)}, **others}


def _operation(  # noqa: PLR0913, PLR0917 - what an operation has
    tag: str,
    summary: str,
    name: str,
    responses: dict[str, Any],
    parameters: list[dict[str, Any]] | None = None,
    body: dict[str, Any] | None = None,
) -> dict[str, Any]:
    told = {"tags": [tag], "summary": summary, "operationId": name, "responses": responses}
    taken = {"parameters": parameters} if parameters else {}
    return told | taken | ({"requestBody": {"required": True, "content": body}} if body else {})


def _form(*required: str, **fields: dict[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "required": list(required), "properties": fields}
    return {"application/x-www-form-urlencoded": {"schema": schema}}


_ANSWER: Final = _responses("Solutions, a boolean or a graph.", *RESULT_FORMATS, *GRAPH_FORMATS, HTML)
_TO_PAGE: Final = {"303": {"description": "Without any parameter: to the page for queries, for those who accept HTML."}}
_ASKED: Final = _query("query", "A SPARQL 1.1 query; without any parameter the service describes itself.", _TEXT)


def _endpoint(summary: str, own: list[dict[str, Any]], name: str) -> dict[str, Any]:
    body = {**_contents(["application/sparql-query"]), **_form("query", query=_TEXT)}
    got, posted = {**_ANSWER, **_TO_PAGE}, [*own, *_OPTIONS]
    return {
        "get": _operation("SPARQL", f"{summary} by GET", f"{name}_get", got, [*own, _ASKED, *_OPTIONS]),
        "post": _operation("SPARQL", f"{summary} by POST", f"{name}_post", _ANSWER, posted, body),
    }


_DIGEST: Final = {**_query("digest", "The digest of a snapshot that is kept.", _TEXT, required=True), "in": "path"}
_REPORTS: Final = [*(rendering.media_type for rendering in RENDERINGS.values()), HTML.media_type]
_CHECKED: Final = {
    "200": {"description": "The report, whatever was found.", "content": _contents(_REPORTS)},
    **_others("400", "406", "413", "415", "422", "429", "503", "504"),
}

PATHS: Final[dict[str, Any]] = {
    "/validate": {
        "get": _operation(
            "validation",
            "The form that sends RDF to be checked",
            "validate_get",
            {"200": {"description": "The page.", "content": _named(HTML)}, **_FAILURES},
        ),
        "post": _operation(
            "validation",
            "Check RDF against the shapes",
            "validate_post",
            _CHECKED,
            [_query("format", "The name of a form of the report, which wins over Accept.", _TEXT)],
            _contents(DOCUMENTS)
            | _form(
                "data", data=_TEXT, format=_TEXT, **{"input-format": {"type": "string", "enum": [*DOCUMENTS.values()]}}
            ),
        ),
    },
    "/sparql": _endpoint("Query", [], "sparql"),
    "/dataset/{digest}/sparql": _endpoint("Query one snapshot for ever,", [_DIGEST], "snapshot_sparql"),
    "/store": {
        "get": _operation(
            "SPARQL",
            "A whole graph, by the Graph Store Protocol",
            "store_get",
            _responses("The triples of the graph.", *GRAPH_FORMATS),
            [
                _query("graph", "The IRI of a named graph.", {"type": "string", "format": "uri"}),
                _query("default", "Instead: the default graph.", {"type": "string", "enum": [""]}),
                _query("format", _FORMAT, _TEXT),
            ],
        )
    },
}
"""Paths by address, as OpenAPI 3.1 has them."""


def describe_failures(paths: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``paths``, as FastAPI describes its routes, with what each may answer instead of what stands there.

    Its own 422 never comes: parameters are text, and what is wrong with them is told with 400.
    """

    def complete(operation: Mapping[str, Any]) -> dict[str, Any]:
        own = {status: response for status, response in operation["responses"].items() if status != "422"}
        return {**operation, "responses": {**_FAILURES, **own}}

    return {path: {method: complete(one) for method, one in of.items()} for path, of in paths.items()}


def describe_queries(queries: Iterable[CatalogueQuery]) -> dict[str, Any]:
    """Return the paths of the catalogue: each query is an operation of its own, with its parameters and an example."""
    return {f"/queries/{query.name}": {"get": _describe_query(query)} for query in queries}


def _describe_query(query: CatalogueQuery) -> dict[str, Any]:
    statuses = {"400": "A parameter is missing or not of its kind.", "404": "There is no such page of rows."}
    failures = {**_FAILURES, **{status: {"description": text, **_PROBLEM} for status, text in statuses.items()}}
    whole = {"type": "integer", "minimum": 1}
    parameters = [
        *map(_describe_parameter, query.parameters),
        _query("page", "Which page of rows.", {**whole, "default": 1}),
        _query("size", "How many rows a page has.", {**whole, "default": SIZE, "maximum": MOST}),
    ]
    rows = {"200": {"description": "The rows.", "content": _named(HTML, *ROW_FORMATS)}, **failures}
    name = "query_" + query.name.replace("-", "_")
    return {**_operation("queries", query.summary, name, rows, parameters), "description": query.description}


def _describe_parameter(parameter: Parameter) -> dict[str, Any]:
    kinds = {"xsd_date": "date", "iri": "iri-reference"}
    schema = {"type": "string", **({"format": kinds[parameter.kind]} if parameter.kind in kinds else {})}
    if parameter.default is not None:
        schema["default"] = parameter.default
    text = f"It takes {describe_kind(parameter.kind)}."
    described = _query(parameter.name, text, schema, required=parameter.default is None)
    return {**described, "example": parameter.example}
