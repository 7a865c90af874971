"""The queries: templates with slots, filled with constants of the graph.

A slot is a word in capitals. ``SERIAL`` is a number that no other query has; it stands in names of variables, so that a
query was never asked before even where the graph has fewer constants than the benchmark has questions.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Final
from urllib.parse import quote

POOL: Final = 20
"""How many queries are asked again and again by the repeated mix."""

_PREFIXES: Final = {
    "dcterms": "http://purl.org/dc/terms/",
    "g7": "https://w3id.org/g7kg/ontology#",
    "oa": "http://www.w3.org/ns/oa#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

RESULTS: Final = "application/sparql-results+json"
TRIPLES: Final = "application/n-triples"

_PIECES: Final = 64
_PIECE: Final = 1 << 20
_QUAD: Final = re.compile(r"<(https://w3id\.org/g7kg/id/[^>]*)> <([^>]*)> (?:<([^>]*)>)?")
_GIST: Final = re.compile(r'ontology#gist> "([^"\\]*)"')
_SUBJECTS: Final = {"https://w3id.org/g7kg/ontology#gist": "STATEMENT", "http://purl.org/dc/terms/isPartOf": "PART"}
_OBJECTS: Final = {"inParagraph": "PARAGRAPH", "expresses": "UNDERTAKING", "inDocument": "DOCUMENT"}
_SLOTS: Final = re.compile("SUBJECT|STATEMENT|PARAGRAPH|UNDERTAKING|PART|DOCUMENTS|DOCUMENT|WORD|EARLY|LATE")


@dataclass(frozen=True)
class Kind:
    """A kind of queries: what it asks in words, and its template."""

    title: str
    template: str

    @property
    def text(self) -> str:
        """The template with the prefixes that it uses."""
        used = [f"PREFIX {name}: <{iri}>\n" for name, iri in _PREFIXES.items() if f"{name}:" in self.template]
        return "".join(used) + self.template

    @property
    def accept(self) -> str:
        """The media type of its answers."""
        return TRIPLES if self.template.startswith("CONSTRUCT") else RESULTS


def _read_kinds(text: str) -> tuple[Kind, ...]:
    blocks = (block.partition("\n") for block in text.strip().removeprefix("# ").split("\n\n# "))
    return tuple(Kind(title, template) for title, _, template in blocks)


LIGHT: Final = _read_kinds("""
# all of one thing
SELECT ?pSERIAL ?o WHERE { <SUBJECT> ?pSERIAL ?o }

# one property of one thing
SELECT ?gSERIAL WHERE { <STATEMENT> g7:gist ?gSERIAL }

# the statements of a paragraph
SELECT ?s ?gist ?act ?strength ?startSERIAL WHERE {
  ?s g7:inParagraph <PARAGRAPH> ; g7:gist ?gist ; g7:speechAct ?act ; g7:strength ?strength ;
    g7:span/oa:start ?startSERIAL
}

# undertaking, statements, documents
SELECT ?s ?document ?labelSERIAL WHERE {
  ?s g7:expresses <UNDERTAKING> ; g7:inDocument ?document . ?document rdfs:label ?labelSERIAL
}

# all that a part is part of
SELECT ?wSERIAL WHERE { <PART> dcterms:isPartOf+ ?wSERIAL }

# a word in the gists of a document
SELECT ?s ?gistSERIAL WHERE {
  ?s g7:inDocument <DOCUMENT> ; g7:gist ?gistSERIAL . FILTER(CONTAINS(LCASE(STR(?gistSERIAL)), "WORD"))
}

# what is due in a time
SELECT ?s ?dueSERIAL WHERE {
  ?s g7:inDocument <DOCUMENT> ; g7:due ?dueSERIAL
  FILTER(?dueSERIAL >= "EARLY"^^xsd:date && ?dueSERIAL <= "LATE"^^xsd:date)
}

# statements by speech act
SELECT ?act (COUNT(?s) AS ?nSERIAL) WHERE { ?s g7:inDocument <DOCUMENT> ; g7:speechAct ?act } GROUP BY ?act

# what a document mentions, by class
SELECT ?class (COUNT(DISTINCT ?x) AS ?nSERIAL)
WHERE { ?s g7:inDocument <DOCUMENT> ; g7:mentions ?x . ?x a ?class }
GROUP BY ?class

# the ten longest parts of a document
SELECT ?part ?lengthSERIAL
WHERE { ?part g7:inDocument <DOCUMENT> ; g7:length ?lengthSERIAL }
ORDER BY DESC(?lengthSERIAL) ?part
LIMIT 10

# a graph of a paragraph
CONSTRUCT { ?sSERIAL g7:inParagraph <PARAGRAPH> ; g7:gist ?gist ; g7:speechAct ?act }
WHERE { ?sSERIAL g7:inParagraph <PARAGRAPH> ; g7:gist ?gist ; g7:speechAct ?act }
""")
"""Kinds that touch a small part of the graph, however large it is."""

HEAVY: Final = _read_kinds("""
# how many triples
SELECT (COUNT(*) AS ?nSERIAL) WHERE { ?s ?p ?o }

# instances of every class
SELECT ?class (COUNT(?x) AS ?nSERIAL) WHERE { ?x a ?class } GROUP BY ?class

# five properties joined
SELECT ?act (COUNT(*) AS ?nSERIAL) WHERE {
  ?s g7:inParagraph ?part ; g7:speechAct ?act ; g7:mentions ?x . ?part g7:order ?order . ?x rdfs:label ?label
} GROUP BY ?act

# a word in all gists
SELECT (COUNT(*) AS ?nSERIAL) WHERE { ?s g7:gist ?gist FILTER(CONTAINS(LCASE(STR(?gist)), "WORD")) }

# a result of up to 20,000 rows
SELECT ?s ?p ?oSERIAL WHERE { VALUES ?document { DOCUMENTS } ?s g7:inDocument ?document ; ?p ?oSERIAL }
""")
"""Kinds that touch most of the graph, or have a large answer."""


@dataclass(frozen=True)
class Query:
    """A query of a kind; ``encoded`` is its text as a URL has it."""

    kind: Kind
    encoded: str


Constants = Mapping[str, Sequence[str]]
"""What can stand in each slot: IRIs, words, days."""


def read_constants(graph: Path) -> Constants:
    """Return the constants of the file of N-Quads ``graph``: of a large one, of pieces from all over it."""
    found: dict[str, dict[str, None]] = {slot: {} for slot in (*_SUBJECTS.values(), *_OBJECTS.values())}
    found |= {"SUBJECT": {}, "WORD": {}}
    for line in _read_pieces(graph):
        if match := _QUAD.match(line):
            subject, predicate, target = match.groups()
            found["SUBJECT"][subject] = None
            if slot := _SUBJECTS.get(predicate):
                found[slot][subject] = None
            if target and (slot := _OBJECTS.get(predicate.rpartition("#")[2])):
                found[slot][target] = None
        if match := _GIST.search(line):
            found["WORD"].update(dict.fromkeys(re.findall("[a-z]{5,}", match[1].lower())))
    days = [(date(2016, 1, 1) + timedelta(n)).isoformat() for n in range(4000)]
    half = days.index("2023-12-31")
    documents = " ".join(f"<{name}>" for name in list(found["DOCUMENT"])[:6])
    return {
        **{s: tuple(v) for s, v in found.items()},
        "EARLY": days[:half],
        "LATE": days[half:],
        "DOCUMENTS": [documents],
    }


def _read_pieces(graph: Path) -> Iterator[str]:
    """Yield at most some 64 MiB of the lines of ``graph``, so that constants fit into memory however large it is."""
    size = graph.stat().st_size
    with graph.open("rb") as file:
        for begin in range(0, size, max(_PIECE, size // _PIECES)):
            file.seek(begin)
            if begin:
                file.readline()  # the piece before has it whole, or nobody misses it
            yield from (line.decode() for line in file.readlines(_PIECE))


def draw_unseen(kinds: Sequence[Kind], constants: Constants, seed: str, size: int = 3000) -> list[Query]:
    """Return ``size`` queries, each of one of ``kinds``, in which SERIAL is left to be filled in.

    The same seed gives the same choice of constants.
    """
    random = Random(seed)  # noqa: S311 - it keeps no secret
    return [_fill(random.choice(kinds), constants, random) for _ in range(size)]


def draw_repeated(kinds: Sequence[Kind], constants: Constants, seed: str, size: int = 3000) -> list[Query]:
    """Return ``size`` queries out of a pool of ``POOL``, in which every kind has its turn."""
    random = Random(seed)  # noqa: S311 - it keeps no secret
    pool = [number_query(_fill(kinds[n % len(kinds)], constants, random), n) for n in range(POOL)]
    return random.choices(pool, k=size)


def number_query(query: Query, serial: int) -> Query:
    """Return ``query`` with ``serial`` in its place."""
    return Query(query.kind, query.encoded.replace("SERIAL", str(serial)))


def _fill(kind: Kind, constants: Constants, random: Random) -> Query:
    return Query(kind, quote(_SLOTS.sub(lambda match: random.choice(constants[match[0]]), kind.text), safe=""))
