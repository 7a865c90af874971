"""Triples from templates in Turtle: what is said of something is written as RDF, and values are put in as terms."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple

from g7kg.rdf.vocab import DATASET, PREFIXES

if TYPE_CHECKING:
    from jinja2 import Environment


def render_triples(package: str, name: str, base: str = DATASET.value, /, **values: object) -> list[Triple]:
    """Return the triples that the template ``name`` in the folder of ``package`` makes with ``values``.

    It has ``PREFIXES``, and its relative IRIs are resolved against ``base``. Whatever a value holds, it is one term: a
    text is a literal, to which the template may add a language or a datatype, a whole number an ``xsd:integer``, and
    what the filter ``iri`` makes of a text is an IRI; ``ValueError`` for a text that is none.
    """
    prefixes = "".join(f"@prefix {prefix}: <{space}> .\n" for prefix, space in PREFIXES.items())
    text = prefixes + _environment(package).get_template(name).render(values)
    return [quad.triple for quad in ox.parse(text, format=RdfFormat.TURTLE, base_iri=base)]


def name_part(name: str) -> NamedNode:
    """Return the IRI of the part ``name`` of the description of the dataset."""
    return NamedNode(f"{DATASET.value}#{name}")


@cache
def _environment(package: str) -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - a build without a change needs none

    environment = Environment(  # noqa: S701 - what is put in is written as a term
        loader=PackageLoader(package, "."),
        finalize=_write,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["iri"] = NamedNode
    environment.globals["part"] = name_part
    return environment


def _write(value: Any) -> str:  # noqa: ANN401 - whatever a template has
    return str(Literal(value) if isinstance(value, str) else value)
