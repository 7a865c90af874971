"""The page of a resource: which one shows it, by its class."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from g7kg.dataset.dataset import Dataset, Selection
from g7kg.dataset.description import Description
from g7kg.dataset.served import list_releases
from g7kg.pages.about import show_dataset
from g7kg.pages.cards import can_embed
from g7kg.pages.citations import make_citation
from g7kg.pages.ontology import show_ontology, show_scheme
from g7kg.pages.parts import show_document, show_part, show_statement
from g7kg.pages.rendering import Page
from g7kg.pages.structured import describe_resource
from g7kg.pages.terms import read_table, read_terms
from g7kg.pages.things import show_thing
from g7kg.pages.undertaking import show_undertaking
from g7kg.rdf.vocab import DCAT, G7, OWL, SKOS, graph_iri
from g7kg.snapshot.releases import MARKED, find_since, mark_thing

Maker = Callable[[Dataset, Description], Awaitable[Page]]


async def show_properties(_dataset: Dataset, _description: Description) -> Page:
    """Return the page of a resource of any class: its properties, and what points to it."""
    return Page("resource.html", {}, ())


MAKERS: Final[Mapping[NamedNode, Maker]] = {
    DCAT("Dataset"): show_dataset,
    G7("Declaration"): show_document,
    G7("Catalogue"): show_document,
    OWL("Ontology"): show_ontology,
    SKOS("ConceptScheme"): show_scheme,
    G7("Part"): show_part,
    G7("Statement"): show_statement,
    G7("Undertaking"): show_undertaking,
}
"""What shows the resources of a class; the first that fits does, else ``show_thing`` or ``show_properties``."""


async def show_resource(dataset: Dataset, description: Description) -> Page:
    """Return the page of the resource that is described.

    Every page also gets ``names``, what properties are called by their IRI, its citation, ``since``, the release since
    which a thing is as it is, and ``structured``, what search engines read; and shows what the description is made of.
    """
    makers = (maker for class_, maker in MAKERS.items() if class_ in description.types)
    other = show_thing if description.types & read_terms("kinds").keys() else show_properties
    page, names = await asyncio.gather(next(makers, other)(dataset, description), dataset.select("names-of-properties"))
    known = {term.value: called for term, called in read_terms("names").items()}
    plain = {G7(name).value: called for name, called in read_table("plain").items()}
    labels = {**known, **{row["property"]: row["label"] for row in names.rows}, **plain}
    selections = (*page.selections, *_select_description(dataset, description), names)
    summary = next(iter(description.texts(SKOS("definition"))), "")
    citation = make_citation(dataset, description.iri.value, description.title, summary)
    since = find_since(list_releases(dataset), mark_thing(own)) if (own := _read_marked(description)) else None
    common = {"names": labels, "structured": describe_resource(description), "since": since}
    values = {**common, "citation": citation, "embed": can_embed(description), **page.values}
    return replace(page, values=values, selections=selections)


def _read_marked(description: Description) -> set[Triple]:
    """Return the triples of which a thing is the subject, if releases tell since when it is as it is."""
    if not description.types & MARKED:
        return set()
    words = graph_iri("texts")
    return {quad.triple for quad in description.quads if quad.subject == description.iri and quad.graph_name != words}


def _select_description(dataset: Dataset, description: Description) -> tuple[Selection, ...]:
    queries = dataset.library.selections
    said = Selection(queries["description-of-a-resource"], {"resource": description.iri}, ())
    if not description.incoming:
        return (said,)
    after = Literal(description.after)
    return said, Selection(queries["links-to-a-resource"], {"resource": description.iri, "after": after}, ())
