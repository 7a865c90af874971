"""A query evaluated on a store, its result written in a format."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from typing import IO, Final, Protocol, cast

import pyoxigraph as ox
from pyoxigraph import DefaultGraph, Literal, NamedNode, QueryResultsFormat, RdfFormat, Store, Triple

from g7kg.engine.limits import Limits, limit_rows
from g7kg.engine.request import EngineRequest
from g7kg.errors import NotAcceptable, QueryError
from g7kg.rdf.formats import GRAPH_FORMATS, RESULT_FORMATS, name_syntaxes
from g7kg.rdf.lexer import read_tokens, refuse_depth, refuse_federation
from g7kg.rdf.ordering import KEY_FUNCTIONS
from g7kg.rdf.rewriting import evaluate_rewritten, may_need_care
from g7kg.rdf.vocab import PREFIXES
from g7kg.rdf.xml import make_sound, require_names

RESULTS: Final = name_syntaxes(RESULT_FORMATS, QueryResultsFormat)
GRAPHS: Final = name_syntaxes(GRAPH_FORMATS, RdfFormat)


class Output(Protocol):
    """What a result is written to: the part of a binary file that is needed."""

    def write(self, data: bytes, /) -> int:
        """Take ``data``; return its length."""

    def flush(self) -> None:
        """Send what is held back, if it must be."""


_UPDATE: Final = re.compile(
    r"(?i)(?:\s|#[^\n\r]*+|base\s*+<[^>]*+>|prefix\s[^<]*+<[^>]*+>)*+"
    r"(INSERT|DELETE|LOAD|CLEAR|CREATE|DROP|COPY|MOVE|ADD|WITH)\b"
)
_ESCAPE: Final = re.compile(r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}")

_UNKNOWN: Final = re.compile(r"custom function <([^>]*)> is not supported")
_MOST_UNKNOWN: Final = 100
"""Functions that there are not, in one query: it is asked once more for each."""

Result = ox.QuerySolutions | ox.QueryBoolean | Iterator[Triple]


class LocalStore:
    """A store of this process."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def answer(self, request: EngineRequest) -> AbstractContextManager[Result]:
        """Return the context of the result of ``request``, still to be read; errors: see ``evaluate``."""
        return nullcontext(evaluate(self.store, request))

    def list_unknown(self, iris: Iterable[str]) -> tuple[str, ...]:
        """Return those of ``iris`` that no triple has."""
        return tuple(iri for iri in iris if not self._knows(NamedNode(iri)))

    def _knows(self, term: NamedNode) -> bool:
        patterns = ((term, None, None), (None, None, term), (None, term, None))
        return any(any(True for _ in self.store.quads_for_pattern(*pattern)) for pattern in patterns)


def evaluate(store: Store, request: EngineRequest) -> Result:
    """Return the result of ``request`` on ``store``, still to be read.

    Raises ``QueryError`` if it is not valid SPARQL, asks for federation, is nested too deep, or would be answered
    wrongly.
    """
    query = request.query.removeprefix("\ufeff")
    ask = partial(
        store.query,
        base_iri=request.base,
        default_graph=_default_graph(request),
        named_graphs=_named_graphs(request),
    )
    if not may_need_care(query):
        with suppress(SyntaxError, ValueError):  # some rewriting may mend it; else it is told below
            return _ask(ask, query)
    tokens = read_tokens(query)
    refuse_federation(tokens)
    refuse_depth(tokens)
    try:
        return evaluate_rewritten(partial(_ask, ask), partial(_name_columns, request.base), query, tokens)
    except (SyntaxError, ValueError) as error:
        raise QueryError(f"the query is not valid: {_first_line(error)}", hint=_advise(query, error)) from error


def _name_columns(base: str | None, query: str) -> list[str]:
    """Return the variables of the solutions of ``query``, as the engine names them: over nothing."""
    result = _ask(partial(Store().query, base_iri=base), query)
    return [variable.value for variable in result.variables] if isinstance(result, ox.QuerySolutions) else []


def _ask(ask: Callable[..., Result], query: str) -> Result:
    """Return what ``ask`` makes of ``query``; a function that there is not has no value (section 17.6)."""
    functions: dict[NamedNode, Callable[..., Literal | None]] = {**KEY_FUNCTIONS}
    while True:
        try:
            return ask(query, custom_functions=functions)
        except RuntimeError as error:
            found = _UNKNOWN.search(str(error))
            if found is None or len(functions) > _MOST_UNKNOWN:
                raise
            functions[NamedNode(found[1])] = _know_nothing


def _know_nothing(*_values: object) -> None:
    """Have no value, whatever is given."""


def _first_line(error: Exception) -> str:
    """Return what the parser says, up to where it lists all that it would have taken instead."""
    return re.split(r": expected|, expected|\n", str(error), maxsplit=1)[0]


def _advise(query: str, error: Exception) -> str:
    """Return what to do about a query that the parser refused with ``error``."""
    if "Prefix not found" in str(error):
        return "declare every prefix, such as PREFIX g7: <https://w3id.org/g7kg/ontology#>"
    if _UPDATE.match(query):
        return "this endpoint takes queries only, no updates"
    if escape := _ESCAPE.search(query):
        return f"escapes such as {escape[0]} are read in texts and IRIs only: write the character itself"
    return "see https://www.w3.org/TR/sparql11-query/"


def write_result(
    result: Result, request: EngineRequest, limits: Limits, output: Output, begin: Callable[[str], None]
) -> None:
    """Write ``result`` to ``output`` in the format that ``request`` names for its kind; ``begin`` is told which.

    Raises ``NotAcceptable`` if the request names none for it, or one that cannot hold it; ``TooLarge`` if a graph has
    too many triples, and whatever ``output`` raises.
    """
    if isinstance(result, ox.QuerySolutions | ox.QueryBoolean):
        name = _require(request.result_format, "a boolean" if isinstance(result, ox.QueryBoolean) else "solutions")
        begin(name)
        result.serialize(_as_file(output, name), RESULTS[name])
    else:
        name = _require(request.graph_format, "a graph")
        begin(name)
        triples = _CHECKS[name](result) if name in _CHECKS else result
        ox.serialize(limit_rows(triples, limits), _as_file(output, name), GRAPHS[name], prefixes=PREFIXES)


def _refuse_triple_terms(triples: Iterable[Triple]) -> Iterator[Triple]:
    """Yield ``triples``; ``NotAcceptable`` at the first that has another one as its object."""
    for triple in triples:
        if isinstance(triple.object, Triple):
            hint = "ask for text/turtle or application/n-triples"
            raise NotAcceptable("the answer holds a triple term, which JSON-LD cannot express", hint=hint)
        yield triple


_CHECKS: Final[Mapping[str, Callable[[Iterable[Triple]], Iterator[Triple]]]] = {
    "rdf": require_names,
    "jsonld": _refuse_triple_terms,
}
"""What is checked of the triples of a graph before they are written in a format that cannot express all."""


class _SoundOutput:
    """An output that takes XML and passes on what is sound."""

    def __init__(self, output: Output) -> None:
        self.output = output
        self.flush = output.flush

    def write(self, data: bytes, /) -> int:
        """Take ``data``; return its length."""
        self.output.write(make_sound(data))
        return len(data)


def _as_file(output: Output, name: str) -> IO[bytes]:
    """Return ``output`` for the format ``name`` as pyoxigraph wants it, which calls ``write`` and ``flush`` only."""
    return cast("IO[bytes]", _SoundOutput(output) if name in {"xml", "rdf"} else output)


def _require(name: str | None, kind: str) -> str:
    if name is None:
        raise NotAcceptable(f"the query returns {kind}, for which no format was asked that there is")
    return name


def _default_graph(request: EngineRequest) -> list[NamedNode | ox.BlankNode | DefaultGraph] | None:
    """Return the protocol's default graph; where only named graphs are given it is empty, not the store's."""
    if request.default_graphs is None and request.named_graphs is None:
        return None
    return [NamedNode(name) for name in request.default_graphs or ()]


def _named_graphs(request: EngineRequest) -> list[NamedNode | ox.BlankNode] | None:
    if request.default_graphs is None and request.named_graphs is None:
        return None
    return [NamedNode(name) for name in request.named_graphs or ()]
