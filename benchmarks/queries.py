"""The kinds of queries: templates with slots, and what the slots can be filled with.

A slot is a word in capitals. ``SERIAL`` is a number that no other query has; it stands in names of variables (or, where
a query has none, in a comment), so that a query was never asked before even where the graph has fewer constants than
the benchmark has questions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ID: Final = "https://w3id.org/g7kg/id/"
_PREFIXES: Final = {
    "dcterms": "http://purl.org/dc/terms/",
    "g7": "https://w3id.org/g7kg/ontology#",
    "oa": "http://www.w3.org/ns/oa#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

RESULTS: Final = "application/sparql-results+json"
TRIPLES: Final = "application/n-triples"


@dataclass(frozen=True)
class Kind:
    """A kind of queries: its name, what it asks in words, its template, and the media type of its answers."""

    name: str
    title: str
    template: str
    accept: str = RESULTS

    @property
    def text(self) -> str:
        """The template with the prefixes that it uses."""
        used = [f"PREFIX {name}: <{iri}>\n" for name, iri in _PREFIXES.items() if f"{name}:" in self.template]
        return "".join(used) + self.template


LIGHT: Final = (
    Kind("subject", "all of one thing", "SELECT ?pSERIAL ?o WHERE { <SUBJECT> ?pSERIAL ?o }"),
    Kind("property", "one property of one thing", "SELECT ?gSERIAL WHERE { <STATEMENT> g7:gist ?gSERIAL }"),
    Kind(
        "star",
        "the statements of a paragraph",
        """\
SELECT ?s ?gist ?act ?strength ?startSERIAL
WHERE {
  ?s g7:inParagraph <PARAGRAPH> ;
    g7:gist ?gist ;
    g7:speechAct ?act ;
    g7:strength ?strength ;
    g7:span/oa:start ?startSERIAL .
}""",
    ),
    Kind(
        "hops",
        "undertaking, statements, documents",
        """\
SELECT ?s ?document ?labelSERIAL
WHERE {
  ?s g7:expresses <UNDERTAKING> ;
    g7:inDocument ?document .
  ?document rdfs:label ?labelSERIAL .
}""",
    ),
    Kind("path", "all that a part is part of", "SELECT ?wSERIAL WHERE { <PART> dcterms:isPartOf+ ?wSERIAL }"),
    Kind(
        "words",
        "a word in the gists of a document",
        """\
SELECT ?s ?gistSERIAL
WHERE {
  ?s g7:inDocument <DOCUMENT> ;
    g7:gist ?gistSERIAL .
  FILTER(CONTAINS(LCASE(STR(?gistSERIAL)), "WORD"))
}""",
    ),
    Kind(
        "dates",
        "what is due in a time",
        """\
SELECT ?s ?dueSERIAL
WHERE {
  ?s g7:inDocument <DOCUMENT> ;
    g7:due ?dueSERIAL .
  FILTER(?dueSERIAL >= "EARLY"^^xsd:date && ?dueSERIAL <= "LATE"^^xsd:date)
}""",
    ),
    Kind(
        "acts",
        "statements by speech act",
        """\
SELECT ?act (COUNT(?s) AS ?nSERIAL)
WHERE {
  ?s g7:inDocument <DOCUMENT> ;
    g7:speechAct ?act .
}
GROUP BY ?act""",
    ),
    Kind(
        "classes",
        "what a document mentions, by class",
        """\
SELECT ?class (COUNT(DISTINCT ?x) AS ?nSERIAL)
WHERE {
  ?s g7:inDocument <DOCUMENT> ;
    g7:mentions ?x .
  ?x a ?class .
}
GROUP BY ?class""",
    ),
    Kind(
        "top",
        "the ten longest parts of a document",
        """\
SELECT ?part ?lengthSERIAL
WHERE {
  ?part g7:inDocument <DOCUMENT> ;
    g7:length ?lengthSERIAL .
}
ORDER BY DESC(?lengthSERIAL) ?part
LIMIT 10""",
    ),
    Kind(
        "construct",
        "a graph of a paragraph",
        """\
CONSTRUCT { ?sSERIAL g7:inParagraph <PARAGRAPH> ; g7:gist ?gist ; g7:speechAct ?act }
WHERE { ?sSERIAL g7:inParagraph <PARAGRAPH> ; g7:gist ?gist ; g7:speechAct ?act }""",
        TRIPLES,
    ),
    Kind("describe", "a description of one thing", "DESCRIBE <SUBJECT>\n# SERIAL", TRIPLES),
)
"""Kinds that touch a small part of the graph, however large it is."""

MIXED: Final = tuple(kind for kind in LIGHT if kind.name != "describe")
"""Kinds that the mixes have: not DESCRIBE, for each server has an idea of its own of how much to look for."""

POINT_LOOK_UPS: Final = ("subject", "property")

HEAVY: Final = (
    Kind("count", "how many triples", "SELECT (COUNT(*) AS ?nSERIAL) WHERE { ?s ?p ?o }"),
    Kind(
        "all-classes",
        "instances of every class",
        "SELECT ?class (COUNT(?x) AS ?nSERIAL) WHERE { ?x a ?class } GROUP BY ?class",
    ),
    Kind(
        "join",
        "five properties joined",
        """\
SELECT ?act (COUNT(*) AS ?nSERIAL)
WHERE {
  ?s g7:inParagraph ?part ;
    g7:speechAct ?act ;
    g7:mentions ?x .
  ?part g7:order ?order .
  ?x rdfs:label ?label .
}
GROUP BY ?act""",
    ),
    Kind(
        "scan",
        "a word in all gists",
        """\
SELECT (COUNT(*) AS ?nSERIAL)
WHERE {
  ?s g7:gist ?gist .
  FILTER(CONTAINS(LCASE(STR(?gist)), "WORD"))
}""",
    ),
    Kind(
        "large",
        "a result of up to 20,000 rows",
        """\
SELECT ?s ?p ?oSERIAL
WHERE {
  VALUES ?document { DOCUMENTS }
  ?s g7:inDocument ?document ;
    ?p ?oSERIAL .
}""",
    ),
)
"""Kinds that touch most of the graph, or have a large answer."""
