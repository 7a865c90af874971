"""The description of a resource: the quads that the store holds of it, and their arrangement for a page."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad

from g7kg.errors import NotFound
from g7kg.queries.language import ENGLISH
from g7kg.rdf.vocab import DCTERMS, G7, MEMBERSHIP, RDF, RDFS, SKOS, Term, shorten_iri

LINKS: Final = 200
"""How many links to a resource its description holds at once."""

RESOURCE_QUERY: Final = "description-of-a-resource"
LINKS_QUERY: Final = "links-to-a-resource"
KEYS_QUERY: Final = "links-by-key"
"""The queries of the pages that a description is made of."""

_LABELS: Final = {RDFS("label"), SKOS("prefLabel")}

Values = Mapping[NamedNode, list[Term]]


@dataclass(frozen=True)
class Description:
    """What is known of the resource ``iri``: ``quads``, each in the named graph where it stands.

    ``after`` is the key after which the links to it begin, ``following`` that after which the next ones do, if any.
    ``language`` is that of its label, and of those of what it names, where there is one in it.
    """

    iri: NamedNode
    quads: tuple[Quad, ...]
    after: str
    following: str | None
    language: str = ENGLISH

    @property
    def label(self) -> str | None:
        """Its label: that in its language, or else the English one, or else any."""
        labels = [quad.object for quad in self._own() if quad.predicate in _LABELS]
        literals = [label for label in labels if isinstance(label, Literal)]
        wanted = {None: 1, ENGLISH: 1, self.language: 0}
        found = min(literals, key=lambda label: wanted.get(label.language, 2), default=None)
        return found.value if found else None

    @property
    def links(self) -> list[tuple[str, Quad]]:
        """The links to it, membership included, each with its key, in the order of the keys."""
        found = {
            f"{quad.predicate.value} {quad.subject.value}": quad
            for quad in self.quads
            if quad.object == self.iri and isinstance(quad.subject, NamedNode)
        }
        return sorted((key, quad) for key, quad in found.items() if self.after < key <= (self.following or key))

    @property
    def title(self) -> str:
        """Its label or title, or else its IRI shortened."""
        titles = (
            q.object.value for q in self._own() if q.predicate == DCTERMS("title") and isinstance(q.object, Literal)
        )
        return self.label or next(titles, shorten_iri(self.iri.value))

    @cached_property
    def types(self) -> frozenset[NamedNode]:
        """Its classes."""
        found = (quad.object for quad in self._own() if quad.predicate == RDF("type"))
        return frozenset(class_ for class_ in found if isinstance(class_, NamedNode))

    @cached_property
    def labels(self) -> dict[object, str]:
        """Labels by resource, of all that the description names."""
        return self._texts(RDFS("label"))

    @cached_property
    def outgoing(self) -> Values:
        """Its values by property."""
        return _group((quad.predicate, quad.object) for quad in self._own())

    @cached_property
    def incoming(self) -> Values:
        """What points to it, by property; membership is left to ``members``."""
        return _group(
            (quad.predicate, quad.subject)
            for quad in self.quads
            if quad.object == self.iri and quad.predicate not in MEMBERSHIP
        )

    @property
    def words(self) -> list[str]:
        """The addresses at which official publications open at the words of the statement that it is."""
        found = (q.object for q in self.quads if q.predicate == G7("textFragment") and q.subject != self.iri)
        return sorted(address.value for address in found if isinstance(address, NamedNode))

    @cached_property
    def members(self) -> list[tuple[NamedNode, str]]:
        """The terms or concepts that belong to it, each with its definition, by IRI."""
        definitions = self._texts(SKOS("definition"))
        belonging = {q.subject for q in self.quads if q.object == self.iri and q.predicate in MEMBERSHIP}
        named = [member for member in belonging if isinstance(member, NamedNode) and member in definitions]
        return [(member, definitions[member]) for member in sorted(named, key=str)]

    def values(self, property_: NamedNode) -> list[Term]:
        """Return its values for ``property_``, sorted; none if it has none."""
        return self.outgoing.get(property_, [])

    def texts(self, property_: NamedNode) -> list[str]:
        """Return its values for ``property_`` that are literals, without language and datatype."""
        return [term.value for term in self.values(property_) if isinstance(term, Literal)]

    def things(self, property_: NamedNode) -> list[NamedNode]:
        """Return its values for ``property_`` that are IRIs."""
        return [term for term in self.values(property_) if isinstance(term, NamedNode)]

    def _texts(self, property_: NamedNode) -> dict[object, str]:
        found = ((q.subject, q.object) for q in self.quads if q.predicate == property_)
        return {subject: text.value for subject, text in found if isinstance(text, Literal)}

    def _own(self) -> Iterator[Quad]:
        return (quad for quad in self.quads if quad.subject == self.iri)


def name_resource(iri: str) -> NamedNode:
    """Return the term for ``iri``; ``NotFound`` if it is no IRI, for then nothing can be known of it."""
    try:
        return NamedNode(iri)
    except ValueError as error:
        raise NotFound(f"{iri} is not an IRI", hint="check its characters") from error


def arrange_description(
    iri: NamedNode, said: Sequence[Mapping[str, Term]], links: Sequence[Mapping[str, Term]], after: str, *, linked: bool
) -> Description:
    """Return the description of ``iri`` that the solutions of ``RESOURCE_QUERY`` and ``LINKS_QUERY`` make.

    Raises ``NotFound`` if no triple has it as its subject, unless it is ``linked``: pointed to, which is enough then.
    """
    if not (linked and links) and not any(solution["subject"] == iri for solution in said):
        raise NotFound(f"nothing is known of {iri.value}", hint="check the spelling, or begin at the home page")
    keyed = [(solution["key"].value, solution) for solution in links if isinstance(solution["key"], Literal)]
    keys = list(dict.fromkeys(key for key, _ in keyed))
    following = keys[LINKS - 1] if len(keys) > LINKS else None
    quads = set(map(to_quad, said))
    for solution in (solution for key, solution in keyed if not following or key <= following):
        quads.add(to_quad({**solution, "value": iri}))
        if "label" in solution:
            named = {"property": RDFS("label"), "value": solution["label"], "graph": solution.get("labelGraph")}
            quads.add(to_quad({"subject": solution["subject"], **named}))
    return Description(iri, tuple(sorted(quads, key=str)), after, following)


def to_quad(solution: Mapping[str, Any]) -> Quad:
    """Return the quad that a solution with subject, property, value and perhaps graph stands for."""
    subject, predicate, graph = solution["subject"], solution["property"], solution.get("graph")
    if not isinstance(subject, NamedNode | BlankNode) or not isinstance(predicate, NamedNode):
        raise TypeError(f"{subject} {predicate} begin no triple")
    return Quad(subject, predicate, solution["value"], graph if isinstance(graph, NamedNode) else DefaultGraph())


def _group(pairs: Iterable[tuple[NamedNode, Term]]) -> Values:
    groups: dict[NamedNode, list[Term]] = defaultdict(list)
    for property_, value in sorted(set(pairs), key=str):
        groups[property_].append(value)
    return groups
