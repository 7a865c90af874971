"""Namespaces, prefixes and the IRIs of the project's own graphs."""

from collections.abc import Iterable
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

BASE: Final = "https://w3id.org/g7kg/"
LICENCE: Final = "https://creativecommons.org/licenses/by/4.0/"
IDENTIFIERS: Final = BASE + "id/"

Term = NamedNode | BlankNode | Literal | Triple


class Namespace:
    """A namespace that makes terms: ``G7("Statement")`` is the named node of g7:Statement."""

    def __init__(self, iri: str) -> None:
        self.iri = iri

    def __call__(self, name: str) -> NamedNode:
        """Return the term ``name`` of this namespace."""
        return NamedNode(self.iri + name)


DCAT: Final = Namespace("http://www.w3.org/ns/dcat#")
DCTERMS: Final = Namespace("http://purl.org/dc/terms/")
FOAF: Final = Namespace("http://xmlns.com/foaf/0.1/")
G7: Final = Namespace(BASE + "ontology#")
OA: Final = Namespace("http://www.w3.org/ns/oa#")
OWL: Final = Namespace("http://www.w3.org/2002/07/owl#")
PROV: Final = Namespace("http://www.w3.org/ns/prov#")
RDF: Final = Namespace("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS: Final = Namespace("http://www.w3.org/2000/01/rdf-schema#")
SCHEMA: Final = Namespace("https://schema.org/")
SD: Final = Namespace("http://www.w3.org/ns/sparql-service-description#")
SH: Final = Namespace("http://www.w3.org/ns/shacl#")
SKOS: Final = Namespace("http://www.w3.org/2004/02/skos/core#")
VOID: Final = Namespace("http://rdfs.org/ns/void#")
SPDX: Final = Namespace("http://spdx.org/rdf/terms#")
XSD: Final = Namespace("http://www.w3.org/2001/XMLSchema#")

PREFIXES: Final[dict[str, str]] = {
    "g7": G7.iri,
    "act": BASE + "scheme/speech-act/",
    "role": BASE + "scheme/role/",
    "status": BASE + "scheme/follow-up-status/",
    "strength": BASE + "scheme/strength/",
    "topic": BASE + "scheme/topic/",
    "dcat": DCAT.iri,
    "dcterms": DCTERMS.iri,
    "eli": "http://data.europa.eu/eli/ontology#",
    "eli-dl": "http://data.europa.eu/eli/eli-draft-legislation-ontology#",
    "foaf": FOAF.iri,
    "oa": OA.iri,
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "org": "http://www.w3.org/ns/org#",
    "owl": OWL.iri,
    "prov": PROV.iri,
    "rdf": RDF.iri,
    "rdfs": RDFS.iri,
    "schema": SCHEMA.iri,
    "sd": SD.iri,
    "sh": SH.iri,
    "skos": SKOS.iri,
    "spdx": SPDX.iri,
    "undo": "https://w3id.org/un/ontology/undo/",
    "vann": "http://purl.org/vocab/vann/",
    "void": VOID.iri,
    "xsd": XSD.iri,
}
"""The prefixes of what is published. Names below ``id/`` are written in full: slashes do not suit prefixed names."""

KINDS: Final = frozenset(
    (
        *("country", "deliverable", "event", "initiative", "instrument", "meeting"),
        *("organisation", "person", "place", "presidency", "undertaking"),
    )
)
"""The kinds of shared things, which are the first segment of their IRIs below ``id/``."""

DATASET: Final = NamedNode(BASE + "dataset")

TEXT_TYPES: Final = (XSD("string"), RDF("langString"), RDF("dirLangString"))
"""The datatypes of plain text, with a language or without."""

MEMBERSHIP: Final = frozenset({RDFS("isDefinedBy"), SKOS("inScheme"), SKOS("topConceptOf")})
"""By what a term belongs to its ontology, a concept to its scheme."""


def graph_iri(name: str) -> NamedNode:
    """Return the named graph ``name``: a document's slug, or registry, ontology, shapes, derived, catalogue, texts."""
    return NamedNode(f"{BASE}graph/{name}")


def shorten_iri(iri: str) -> str:
    """Return ``iri`` as people read it: with the longest of ``PREFIXES`` (or ``id:``) that fits, else unchanged.

    The result is not Turtle: names below ``id/`` have slashes.
    """
    spaces = {**PREFIXES, "id": IDENTIFIERS}
    fitting = [(prefix, space) for prefix, space in spaces.items() if iri.startswith(space) and iri != space]
    if not fitting:
        return iri
    prefix, space = max(fitting, key=lambda item: len(item[1]))
    return f"{prefix}:{iri.removeprefix(space)}"


def expand_name(name: str) -> str:
    """Return the IRI for ``name``: a prefixed name with one of ``PREFIXES``, or one below ``id/`` such as
    ``organisation:oecd``; anything else unchanged.
    """  # noqa: D205 - one sentence
    prefix, colon, local = name.partition(":")
    if not colon or local.startswith("//"):
        return name
    if prefix in PREFIXES:
        return PREFIXES[prefix] + local
    return f"{IDENTIFIERS}{local}" if prefix == "id" else f"{IDENTIFIERS}{prefix}/{local}" if prefix in KINDS else name


def used_prefixes(terms: Iterable[str]) -> dict[str, str]:
    """Return those of ``PREFIXES`` that one of ``terms`` (IRIs, or text that holds some) begins with or holds."""
    text = "\n".join(terms)
    return {prefix: space for prefix, space in PREFIXES.items() if space in text}
