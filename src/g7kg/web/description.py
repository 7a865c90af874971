"""The description of a resource: the triples that the store returns, and their arrangement for a page."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Triple

from g7kg.engine import Engine, EngineRequest
from g7kg.errors import EngineError, NotFound
from g7kg.vocab import DCTERMS, G7, RDF, RDFS, SKOS, shorten_iri, used_prefixes
from g7kg.web.answers import read_answer
from g7kg.web.selections import ROWS_BYTES

DESCRIPTION: Final = """
PREFIX g7: <https://w3id.org/g7kg/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
CONSTRUCT {
  ?resource ?property ?value . ?value rdfs:label ?valueLabel .
  ?subject ?inverse ?resource . ?subject rdfs:label ?subjectLabel .
  ?member ?memberProperty ?memberValue .
  ?span g7:textFragment ?words .
}
WHERE {
  { ?resource ?property ?value . OPTIONAL { ?value rdfs:label ?valueLabel } }
  UNION { ?resource g7:span ?span . ?span g7:textFragment ?words }
  UNION { ?subject ?inverse ?resource . OPTIONAL { ?subject rdfs:label ?subjectLabel } }
  UNION { ?member rdfs:isDefinedBy|skos:inScheme ?resource ; ?memberProperty ?memberValue }
}
"""
"""A resource's own triples, those that point to it, labels of both; of an ontology or scheme, its members' triples."""

_MEMBERSHIP: Final = {RDFS("isDefinedBy"), SKOS("inScheme"), SKOS("topConceptOf")}

Values = Mapping[NamedNode, list[NamedNode | ox.BlankNode | Literal | Triple]]


@dataclass(frozen=True)
class Description:
    """What is known of the resource ``iri``."""

    iri: NamedNode
    triples: tuple[Triple, ...]

    @property
    def title(self) -> str:
        """Its label or title, or else its IRI shortened."""
        titles = (t.object for t in self._own() if t.predicate in {RDFS("label"), DCTERMS("title")})
        return next((title.value for title in titles if isinstance(title, Literal)), shorten_iri(self.iri.value))

    @property
    def types(self) -> set[object]:
        """Its classes."""
        return {triple.object for triple in self._own() if triple.predicate == RDF("type")}

    @property
    def labels(self) -> dict[object, str]:
        """Labels by resource, of all that the description names."""
        return self._texts(RDFS("label"))

    @property
    def outgoing(self) -> Values:
        """Its values by property."""
        return _group((triple.predicate, triple.object) for triple in self._own())

    @property
    def incoming(self) -> Values:
        """What points to it, by property; membership is left to ``members``."""
        return _group(
            (triple.predicate, triple.subject)
            for triple in self.triples
            if triple.object == self.iri and triple.predicate not in _MEMBERSHIP
        )

    @property
    def words(self) -> list[str]:
        """The addresses at which official publications open at the words of the statement that it is."""
        found = (t.object for t in self.triples if t.predicate == G7("textFragment") and t.subject != self.iri)
        return sorted(address.value for address in found if isinstance(address, NamedNode))

    @property
    def members(self) -> list[tuple[NamedNode, str]]:
        """The terms or concepts that belong to it, each with its definition, by IRI."""
        definitions = self._texts(SKOS("definition"))
        belonging = {t.subject for t in self.triples if t.object == self.iri and t.predicate in _MEMBERSHIP}
        named = [member for member in belonging if isinstance(member, NamedNode) and member in definitions]
        return [(member, definitions[member]) for member in sorted(named, key=str)]

    def to_bytes(self, format_: ox.RdfFormat) -> bytes:
        """Return the description in an RDF format."""
        triples = sorted(self.triples, key=str)
        output = io.BytesIO()
        ox.serialize(triples, output, format_, prefixes=used_prefixes(map(str, triples)))
        return output.getvalue()

    def _texts(self, property_: NamedNode) -> dict[object, str]:
        """Return the literal that each resource has for ``property_``."""
        found = ((t.subject, t.object) for t in self.triples if t.predicate == property_)
        return {subject: text.value for subject, text in found if isinstance(text, Literal)}

    def _own(self) -> Iterable[Triple]:
        return (triple for triple in self.triples if triple.subject == self.iri)


def name_resource(iri: str) -> NamedNode:
    """Return the term for ``iri``; ``NotFound`` if it is no IRI, for then nothing can be known of it."""
    try:
        return NamedNode(iri)
    except ValueError as error:
        raise NotFound(f"{iri} is not an IRI", hint="check its characters") from error


async def describe(engine: Engine, iri: NamedNode) -> Description:
    """Return the description of ``iri``; ``NotFound`` if no triple has it as its subject."""
    answer = await engine.run(EngineRequest(DESCRIPTION, None, "nt", bindings={"resource": iri}))
    body = await read_answer(answer, ROWS_BYTES)
    if body is None:
        raise EngineError("the description is too large", hint="query the endpoint instead")
    triples = tuple(quad.triple for quad in ox.parse(body, format=ox.RdfFormat.N_TRIPLES))
    if not any(triple.subject == iri for triple in triples):
        raise NotFound(f"nothing is known of {iri.value}", hint="check the spelling, or begin at the home page")
    return Description(iri, triples)


def _group(pairs: Iterable[tuple[NamedNode, NamedNode | ox.BlankNode | Literal | Triple]]) -> Values:
    groups: dict[NamedNode, list[NamedNode | ox.BlankNode | Literal | Triple]] = defaultdict(list)
    for property_, value in sorted(set(pairs), key=str):
        groups[property_].append(value)
    return groups
