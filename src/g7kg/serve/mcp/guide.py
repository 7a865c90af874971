"""What an assistant should read first: the model, the schema, its concepts, the prefixes, the queries, the shapes."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, groupby
from pathlib import Path
from typing import Final, Literal

from g7kg.queries.catalogue import CatalogueQuery, Parameter, describe_kind, find_query
from g7kg.rdf.vocab import PREFIXES, shorten_iri
from g7kg.serve.mcp.paging import Row, to_rows
from g7kg.serve.mcp.served import Served
from g7kg.shacl import Shape

Topic = Literal["model", "schema", "concepts", "prefixes", "queries", "shapes"]

TOPICS: Final[Mapping[Topic, str]] = {
    "model": "How the graph works: statement, undertaking, follow-up, what a status means, how to cite.",
    "schema": "The classes and properties of the served graph, with definitions.",
    "concepts": "The concepts of its schemes (verbs, topics, statuses, roles, groups ...), with definitions.",
    "prefixes": "The prefixes, ready for a query in SPARQL.",
    "queries": "The queries of the catalogue, with their parameters and examples.",
    "shapes": "What the shapes require of data, requirement by requirement.",
}

MOST_CHARACTERS: Final = 100_000
"""The longest text of the guide."""

_HEADINGS: Final = {"class": "Classes", "property": "Properties"}
_NUMBER: Final = re.compile(r"-\d+$")


async def write_guide(served: Served, topic: Topic) -> str:
    """Return the text of the guide on ``topic``, in Markdown; one that is too long says at its end that it was cut."""
    if topic == "model":
        lines = [(Path(__file__).parent / "model.md").read_text("utf-8"), *_describe_snapshot(served)]
    elif topic == "schema":
        lines = list(_write_schema(await _read_terms(served), served.dataset.manifest.classes))
    elif topic == "concepts":
        lines = list(_write_concepts(await _read_terms(served, concepts=True)))
    elif topic == "prefixes":
        lines = [f"PREFIX {prefix}: <{space}>" for prefix, space in PREFIXES.items()]
    elif topic == "queries":
        entries = map(_list_query, served.dataset.library.queries)
        lines = ["# Queries of the catalogue", "", *chain.from_iterable(entries)]
    else:
        lines = list(_write_shapes(await _read(served, "requirements-of-shapes")))
    text = "\n".join(lines) + "\n"
    cut = f"\n\n[CUT: the whole has {len(text):,} characters; ask with sparql for the rest]\n"
    return text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS] + cut


def write_query(served: Served, name: str) -> str:
    """Return the query ``name`` of the catalogue, its parameters first; ``NotFound`` if there is none."""
    query = find_query(served.dataset.library.queries, name)
    return "\n".join([*_list_query(query), "", "```sparql", query.text.rstrip(), "```", ""])


async def _read(served: Served, name: str) -> list[Row]:
    return to_rows(await served.dataset.solve(served.dataset.library.selections[name], {}))


async def _read_terms(served: Served, *, concepts: bool = False) -> list[Row]:
    rows = await _read(served, "terms-of-the-graph")
    return [row for row in rows if (row["kind"] == "concept") == concepts]


def _describe_snapshot(served: Served) -> list[str]:
    manifest = served.dataset.manifest
    words = f"with the words of {', '.join(manifest.texts)}" if manifest.texts else "without the documents' words"
    told = f"Snapshot {manifest.digest} of {manifest.modified}: {manifest.default:,} triples, {words}."
    other = [] if manifest.validated else ["It was loaded from other data: what is said above may not hold for it."]
    return ["## What is served", "", told, "It stays the same until the server is started again.", *other]


def _list_query(query: CatalogueQuery) -> list[str]:
    return [f"- {query.name}: {query.summary} {query.description}", *map(_list_parameter, query.parameters)]


def _list_parameter(parameter: Parameter) -> str:
    given = "must be given" if parameter.default is None else f"default {parameter.default}"
    return f"  - {parameter.name}: {describe_kind(parameter.kind)}, {given}, such as {parameter.example}"


def _write_schema(rows: Iterable[Row], uses: Mapping[str, int]) -> Iterator[str]:
    yield "# Schema of the served graph"
    for kind, terms in groupby(rows, key=lambda row: str(row["kind"])):
        yield from ("", f"## {_HEADINGS[kind]}", "")
        yield from (_write_term(row, uses.get(str(row["term"]))) for row in terms)
    others = [(iri, number) for iri, number in sorted(uses.items()) if not iri.startswith(PREFIXES["g7"])]
    yield from ("", "## Other classes in use", "")
    yield from (f"- {shorten_iri(iri)} ({number})" for iri, number in others)


def _write_concepts(rows: Iterable[Row]) -> Iterator[str]:
    yield from ("# Concepts of the served graph", "")
    yield from (_write_term(row, None) for row in rows)


def _write_term(row: Row, uses: int | None) -> str:
    """Return a line on a term: its name, what it is below, domain and range, how many instances it has, its meaning."""
    names = {name: shorten_iri(str(row[name])) for name in ("term", "broader", "domain", "range") if row[name]}
    told = names["term"] + (f" < {names['broader']}" if "broader" in names else "")
    ends = " -> ".join(names[end] for end in ("domain", "range") if end in names)
    told += f" ({ends})" if ends else "" if uses is None else f" ({uses})"
    return f"- {told}: {row['definition'] or row['label'] or ''}".rstrip(": ")


def _write_shapes(rows: Iterable[Row]) -> Iterator[str]:
    yield "# Requirements of the shapes"
    shapes = [(Shape(str(row["shape"]), message=str(row["message"])), row["severity"]) for row in rows]
    for iri, group in groupby(shapes, key=lambda pair: _NUMBER.sub("", pair[0].iri)):
        yield from ("", f"## {iri.rpartition('#')[2] or iri}", "")
        for shape, severity in group:
            word = str(severity or "Violation").rpartition("#")[2].lower()
            yield f"- {shape.requirement}" + ("" if word == "violation" else f" [{word}]")
