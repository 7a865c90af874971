"""What the scripts of the site look up: made here, by the functions that the server answers with."""

import json
import re
import tomllib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any, Final

from pyoxigraph import NamedNode

from g7kg.dataset.dataset import Dataset
from g7kg.pages.filters import DAYS, SORTS, Criteria, list_stored, narrow
from g7kg.pages.naming import MOST, name_resources
from g7kg.pages.register import FACETS, Undertaking
from g7kg.pages.tracking import Register
from g7kg.queries.catalogue import CatalogueQuery
from g7kg.rdf.binding import bind_terms
from g7kg.rdf.vocab import BASE, IDENTIFIERS, KINDS, PREFIXES
from g7kg.serve.data.resources import SPACES
from g7kg.snapshot.index import COLUMNS, WORDS, list_entries

PLACE: Final = "urn:g7kg:parameter:"
"""What stands in a query where a script puts the term for a parameter."""


def to_json(value: Any) -> bytes:  # noqa: ANN401 - whatever JSON can hold
    """Return ``value`` as JSON, small."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def describe_site(dataset: Dataset) -> dict[str, Any]:
    """Return what scripts know of the whole: the N-Quads to load, prefixes, terms, the queries and their parameters.

    ``names`` are what values of parameters may begin with, as ``expand_name`` has it.
    """
    return {
        "quads": f"dataset/{dataset.manifest.digest}/g7kg.nq.gz",
        "base": BASE,
        "identifiers": IDENTIFIERS,
        "prefixes": PREFIXES,
        "names": {**{kind: f"{IDENTIFIERS}{kind}/" for kind in sorted(KINDS)}, "id": IDENTIFIERS, **PREFIXES},
        "vocabulary": sorted(dataset.library.vocabulary),
        "queries": {query.name: _describe_query(query) for query in dataset.library.queries},
    }


def _describe_query(query: CatalogueQuery) -> dict[str, Any]:
    bound = [one for one in query.parameters if one.variable]  # the language of labels is none that a store knows
    places = {one.variable: NamedNode(PLACE + one.name) for one in bound}
    return {
        "text": query.text,
        "bound": bind_terms(query.text, places),
        "parameters": [[one.name, one.variable, one.kind, one.default] for one in bound],
    }


async def list_names(dataset: Dataset, iris: Sequence[str]) -> dict[str, str]:
    """Return what people call each of ``iris`` that the graph has a label of."""
    found: dict[str, str] = {}
    for start in range(0, len(iris), MOST):
        found |= await name_resources(dataset, iris[start : start + MOST])
    return found


def list_undertakings(register: Register) -> dict[str, Any]:
    """Return, for each undertaking by IRI, what the filters of the tracker test, and its place in every order."""
    numbers = register.find()
    orders = {name: _rank(register, name) for sort in SORTS for name in (sort, f"-{sort}")}
    return {
        "facets": [*FACETS],
        "days": [*DAYS],
        "undertakings": {
            one.iri: _describe(one, {name: places[number] for name, places in orders.items()})
            for number, one in zip(numbers, register.read(numbers), strict=True)
        },
    }


def _rank(register: Register, sort: str) -> dict[int, int]:
    ordered = narrow(register, Criteria({"sort": sort})).matching
    return {number: place for place, number in enumerate(ordered)}


def _describe(one: Undertaking, places: dict[str, int]) -> dict[str, Any]:
    return {
        **{name: [value.name for stored in list_stored(name) for value in one.facets[stored]] for name in FACETS},
        "label": one.label,
        "due": "stated" if one.deadlines else "none",
        "days": [day.isoformat() for day in one.days],
        "places": places,
    }


def list_findable(dataset: Dataset) -> dict[str, Any]:
    """Return what the search of the site finds: one array a resource, its class and document by number."""
    entries, facets = list_entries(dataset.folder)
    kept = [entry for entry in entries if _has_page(str(entry[0]))]
    told = tomllib.loads((files("g7kg.search") / "synonyms.toml").read_text("utf-8"))
    known = {name: told[name] for name in ("stop", "names")}
    columns = {name: weight for name, weight in COLUMNS.items() if name != WORDS}
    return {"columns": columns, "facets": facets, "entries": kept, **known}


def _has_page(iri: str) -> bool:
    space = re.split("[/#]", iri.removeprefix(BASE))[0]
    return iri.startswith(IDENTIFIERS) or (iri.startswith(BASE) and space in SPACES)
