"""Every resource that has an IRI of ours: what the graph says of it, and what is known of the dataset besides."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, Triple

from g7kg.dataset.dataset import Dataset
from g7kg.dataset.description import Description, name_resource, to_quad
from g7kg.dataset.served import describe_graph, describe_served, describe_values
from g7kg.errors import Gone, NotFound
from g7kg.rdf.vocab import BASE, DATASET, DCTERMS, IDENTIFIERS, KINDS, OWL, RDF, RDFS, VOID, XSD

VERSION: Final = re.compile(r"\d+\.\d+\.\d+(?:-draft-[0-9a-f]{12})?$")

LISTS: Final = frozenset({f"{BASE}scheme", *(IDENTIFIERS + kind for kind in KINDS)})
"""What stands for all concept schemes, and for all things of a kind."""

_COLLECTION: Final = NamedNode("http://purl.org/dc/dcmitype/Collection")
_TRUE: Final = Literal("true", datatype=XSD("boolean"))


async def find_resource(dataset: Dataset, iri: str, address: Callable[[], str], after: str = "") -> Description:
    """Return the description of ``iri``; see ``Dataset.describe``.

    ``address`` gives that of the server, ending in a slash, where a description names it.

    That of a version of the ontology or the shapes is that of the current one, and so it is for a version of the
    dataset; those of the dataset and its graphs have what this server adds. Raises ``Gone`` for what was retired,
    ``NotFound`` for what was never there.
    """
    if iri in {DATASET.value, f"{DATASET.value}/{dataset.manifest.digest}"}:
        return await _find_with(dataset, DATASET, describe_served(dataset, address()), after)
    if iri in LISTS:
        return await _list_members(dataset, NamedNode(iri), after)
    if iri in dataset.manifest.graphs:
        graph = NamedNode(iri)
        return await _find_with(dataset, graph, describe_graph(dataset, graph), after)
    unversioned, _, version = iri.rpartition("/")
    if not VERSION.match(version):
        description = await dataset.describe(name_resource(iri), after)
        _check_retired(description)
        return description
    description = await dataset.describe(name_resource(unversioned), after)
    if NamedNode(iri) not in description.values(OWL("versionIRI")):
        raise NotFound(f"there is no version {version} of {unversioned}", hint=f"see {unversioned}")
    return description


async def _find_with(dataset: Dataset, iri: NamedNode, served: Iterable[Triple], after: str) -> Description:
    """Return the description of ``iri`` with the triples that this server adds, be there any others or not.

    That of the dataset has all that the catalogue says; what this server counts stands in the place of the count there.
    """
    try:
        described = await dataset.describe(iri, after)
    except NotFound:  # other people's data need not tell of itself
        described = Description(iri, (), after, None)
    added = set(served)
    counted = {triple.subject for triple in added if triple.predicate == VOID("triples")}
    told = await dataset.solutions("catalogue") if iri == DATASET else []
    said = {*described.quads, *map(to_quad, told)}
    kept = {quad for quad in said if quad.predicate != VOID("triples") or quad.subject not in counted}
    if iri == DATASET:
        added |= {*describe_values([*added, *(quad.triple for quad in kept)])}
    added -= {quad.triple for quad in kept}
    return replace(described, quads=tuple(sorted({*kept, *(Quad(*triple) for triple in added)}, key=str)))


async def _list_members(dataset: Dataset, iri: NamedNode, after: str) -> Description:
    """Return the description of the collection of the next things whose IRIs are directly below ``iri``."""
    below = await dataset.list_below(f"{iri.value}/", dataset.listed + 1, after)
    shown = below[: dataset.listed]
    quads = [Quad(iri, RDF("type"), _COLLECTION), Quad(iri, DCTERMS("title"), Literal(iri.value.rpartition("/")[2]))]
    for solution in await dataset.solutions_each("names-of-members", {"member": [*map(NamedNode, shown)]}):
        member, label = solution["member"], solution["label"]
        if isinstance(member, NamedNode):
            quads += [Quad(iri, DCTERMS("hasPart"), member), Quad(member, RDFS("label"), label)]
    return Description(iri, tuple(quads), after, shown[-1] if below[dataset.listed :] else None)


def _check_retired(description: Description) -> None:
    """Raise ``Gone`` if the thing that is described was retired; terms of the ontology are only deprecated."""
    if not description.iri.value.startswith(IDENTIFIERS) or _TRUE not in description.values(OWL("deprecated")):
        return
    why = description.texts(RDFS("comment"))
    instead = [term.value for term in description.things(DCTERMS("isReplacedBy"))]
    hint = "see " + ", ".join(instead) if instead else "nothing replaces it"
    raise Gone(f"{description.iri.value} was retired: {' '.join(why)}", hint=hint)
