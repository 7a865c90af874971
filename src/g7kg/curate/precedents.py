"""What mappings say already, as what a new statement may be like: their statements, undertakings and topics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pyoxigraph import Literal

from g7kg.build.graph import turtle_to_quads
from g7kg.curate.drafts import Draft, get_text, list_fields, list_texts
from g7kg.curate.likeness import Scale, Vector, count_words, make_scale
from g7kg.mapping.nodes import Fields
from g7kg.mapping.values import UNWRITTEN
from g7kg.rdf.vocab import SKOS, graph_iri


@dataclass(frozen=True)
class Precedent:
    """A statement with its meaning written: its gist, and what it is said of."""

    gist: Vector
    topics: frozenset[str]
    things: frozenset[str]
    undertakings: frozenset[str]


@dataclass(frozen=True)
class Precedents:
    """Statements, the labels of undertakings, the names and descriptions of topics; ``scale`` weighs their words."""

    scale: Scale
    statements: Sequence[Precedent]
    labels: Mapping[str, str]
    topics: Mapping[str, Sequence[str]]

    @cached_property
    def undertakings(self) -> Mapping[str, Vector]:
        """The labels of undertakings, weighed."""
        return {id_: self.scale.weigh(count_words(label)) for id_, label in self.labels.items()}

    @cached_property
    def subjects(self) -> Mapping[str, Vector]:
        """The names and descriptions of topics, weighed."""
        return {topic: self.scale.weigh(count_words(" ".join(texts))) for topic, texts in self.topics.items()}


def read_precedents(drafts: Sequence[Draft], topics: Path) -> Precedents:
    """Return what ``drafts`` say, and the topics of the scheme in the Turtle file ``topics``.

    Statements count whose gist is written. Raises ``WorkspaceError`` if the file is not Turtle.
    """
    entries = [entry for draft in drafts for entry in draft.entries]
    statements = (one for entry in entries for one in list_fields(entry, "statements"))
    gists = [(one, gist) for one in statements if (gist := get_text(one, "gist")) and not UNWRITTEN.search(gist)]
    scale = make_scale(gist for _, gist in gists)
    labels = {
        get_text(entry, "id"): " ".join((get_text(entry, "label"), *list_texts(entry, "altLabel")))
        for entry in entries
        if get_text(entry, "id").startswith("undertaking:")
    }
    precedents = [_read_precedent(one, scale.weigh(count_words(gist))) for one, gist in gists]
    return Precedents(scale, precedents, labels, _read_topics(topics))


def _read_precedent(statement: Fields, gist: Vector) -> Precedent:
    followed = [get_text(report, "followUpOf") for report in list_fields(statement, "followUps")]
    return Precedent(
        gist,
        frozenset(topic for topic in list_texts(statement, "topic") if not UNWRITTEN.search(topic)),
        frozenset((*list_texts(statement, "mentions"), *list_texts(statement, "about"))),
        frozenset((*list_texts(statement, "expresses"), *followed)),
    )


def _read_topics(path: Path) -> dict[str, list[str]]:
    """Return the names, and at last the definition, of each topic; names that a topic has come in any order."""
    texts: dict[str, list[str]] = {}
    for property_ in ("prefLabel", "altLabel", "definition"):
        for quad in turtle_to_quads(path, graph_iri("ontology")):
            if quad.predicate == SKOS(property_) and isinstance(quad.object, Literal):
                topic = str(quad.subject).rstrip(">").rpartition("/")[2]
                texts.setdefault(topic, []).append(quad.object.value)
    return texts
