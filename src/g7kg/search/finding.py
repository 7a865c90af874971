"""Searches in one index, by one connection: what is found, how it is divided, what to ask instead."""

import re
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Final

from g7kg.errors import RequestError
from g7kg.rdf.suggestions import find_near
from g7kg.rdf.vocab import shorten_iri
from g7kg.search.words import Term, Wording
from g7kg.snapshot.folding import fold, join_signs
from g7kg.snapshot.index import COLUMNS

MOST_COMPLETIONS: Final = 100
"""How many words, the most frequent, an unfinished one may be."""

LIKENESS: Final = 0.84
"""How like (0 to 1) a word has to be to one that occurs nowhere, to be searched instead: “coercion” for “coersion”, and
not “bring” for “brain”.
"""

MOST_THINGS: Final = 8
"""Of how many things results may lack some; a longer search has to be met whole."""

MOST_FACETS: Final = 30
"""How many classes, and how many documents, results are divided by: those with most of them."""

_START: Final = "\ue000"
_END: Final = "\ue001"
_RUNS: Final = re.compile(f"{_START}([^{_START}{_END}]*){_END}")
_STRAY: Final = re.compile(f"[{_START}{_END}]")

_WORDS: Final = 32
"""How many words of a text are shown around what was found."""

_COUNT: Final = """
SELECT entry.class, entry.document, count(*) FROM words CROSS JOIN entry ON entry.id = words.rowid
WHERE words MATCH :match GROUP BY 1, 2
"""

_RANK: Final = f"""
SELECT entry.id, entry.iri, entry.class, entry.document, entry.status, entry.day
FROM words CROSS JOIN entry ON entry.id = words.rowid
WHERE words MATCH :match AND (:class IS NULL OR class = :class) AND (:document IS NULL OR document = :document)
ORDER BY entry.id NOT IN (SELECT name.entry FROM name WHERE key = :key), status IS NULL, class IS NULL,
  bm25(words, {", ".join(map(str, COLUMNS.values()))}), entry.id
LIMIT :size OFFSET :first
"""  # noqa: S608 - the weights are ours

_LONGEST: Final = 5000
"""In longer texts nothing is marked, and their beginning is shown: SQLite takes time with the square of the length."""


def _show_column(number: int, name: str) -> str:
    more = f"snippet(words, {number}, '{_START}', '{_END}', '…', {_WORDS})"
    shown = more if number else f"highlight(words, 0, '{_START}', '{_END}')"
    return f"CASE WHEN length({name}) > {_LONGEST} THEN substr({name}, 1, 200) || '…' ELSE {shown} END"


_SHOW: Final = f"""
SELECT {", ".join(_show_column(number, name) for number, name in enumerate(COLUMNS))}
FROM words WHERE words MATCH :match AND rowid = :entry
"""  # noqa: S608 - the marks and the columns are ours

_COMPLETE: Final = "SELECT word FROM spelling WHERE word > ? AND word < ? ORDER BY entries DESC, word LIMIT ?"

_RESEMBLE: Final = """
SELECT word FROM spelling WHERE word >= ? AND word < ? AND length(word) BETWEEN ? AND ?
ORDER BY entries DESC, word LIMIT 5000
"""

_LAST: Final = "\U0010ffff"


@dataclass(frozen=True)
class Wish:
    """A search as it is asked: the wording, the class and the document of what is wanted (see ``Facet.name``), and
    which results: ``size`` of them from ``first``, counted from 0.
    """  # noqa: D205 - one sentence

    wording: Wording
    class_: str | None = None
    document: str | None = None
    first: int = 0
    size: int = 20


@dataclass(frozen=True)
class Run:
    """A piece of text; ``marked`` if it is what was looked for."""

    text: str
    marked: bool


@dataclass(frozen=True)
class Facet:
    """A class or a document with its label, if it has one, and how many results belong to it."""

    iri: str
    label: str | None
    count: int = 0

    @property
    def name(self) -> str:
        """What stands for it in an address: its IRI shortened, a document's without the prefix."""
        return shorten_iri(self.iri).removeprefix("id:")


@dataclass(frozen=True)
class Hit:
    """A resource that was found: its label (or gist, or shortened IRI), and the text in which the words stand; of an
    undertaking the status, and the day when it was first stated.
    """  # noqa: D205 - one sentence

    iri: str
    label: tuple[Run, ...]
    snippet: tuple[Run, ...]
    class_: Facet | None
    document: Facet | None
    status: Facet | None = None
    day: str | None = None

    @property
    def texts(self) -> tuple[str, str]:
        """Label and snippet without the marks."""
        label, snippet = ("".join(run.text for run in runs) for runs in (self.label, self.snippet))
        return label, snippet


@dataclass(frozen=True)
class Findings:
    """The results of a search: how many there are, those that were wished for, and how they are divided.

    ``classes`` counts what there would be with any class, ``documents`` what with any document; the most first.
    ``searched`` is what was looked for, with misspelt words corrected; of the things that it names, the results lack
    as many as ``lacking``: the fewest with which anything is found.
    """

    total: int
    hits: tuple[Hit, ...]
    classes: tuple[Facet, ...]
    documents: tuple[Facet, ...]
    searched: str = ""
    lacking: int = 0


def find(connection: sqlite3.Connection, wish: Wish) -> Findings:
    """Return what the index behind ``connection`` has for ``wish``; ``RequestError`` for a facet it does not know."""
    rows = connection.execute("SELECT id, iri, label FROM facet")
    facets: dict[int | None, Facet] = {number: Facet(iri, label) for number, iri, label in rows}
    class_, document = (_choose(facets, name) for name in (wish.class_, wish.document))
    if not wish.wording.required:
        return Findings(0, (), (), ())
    wording = _respell(connection, wish.wording)
    match, lacking = _choose_match(connection, wording)
    counts = connection.execute(_COUNT, {"match": match}).fetchall()
    chosen = {"match": match, "key": wording.key, "class": class_, "document": document}
    ranked = connection.execute(_RANK, {**chosen, "size": wish.size, "first": wish.first}).fetchall()
    hits = tuple(_show(connection, match, row, facets) for row in ranked)
    return replace(_divide(counts, class_, document, facets, hits), searched=str(wording), lacking=lacking)


def _choose_match(connection: sqlite3.Connection, wording: Wording) -> tuple[str, int]:
    """Return the query that lets results lack as little as possible of what is asked for, and how much that is.

    If nothing is found whatever may be lacking, nothing may.
    """
    completions = _complete(connection, wording)
    size = len(wording.things)
    for lacking in range(size if size <= MOST_THINGS else 1):
        match = wording.to_match(completions, lacking)
        if _occurs(connection, match):
            return match, lacking
    return wording.to_match(completions), 0


def _divide(
    counts: Sequence[tuple[int | None, int | None, int]],
    class_: int | None,
    document: int | None,
    facets: Mapping[int | None, Facet],
    hits: tuple[Hit, ...],
) -> Findings:
    """Return ``hits`` with the counts of all that matches: by class and document, whatever these are."""
    classes, documents, total = Counter({class_: 0}), Counter({document: 0}), 0
    for kind, part, number in counts:
        fits_class, fits_document = class_ in {None, kind}, document in {None, part}
        classes[kind] += number * fits_document
        documents[part] += number * fits_class
        total += number * (fits_class and fits_document)
    return Findings(total, hits, _arrange(classes, class_, facets), _arrange(documents, document, facets))


def _choose(facets: Mapping[int | None, Facet], name: str | None) -> int | None:
    if name is None:
        return None
    for number, facet in facets.items():
        if name in {facet.name, facet.iri}:
            return number
    raise RequestError(f"there is no class or document “{name}” here", hint="choose one that the page lists")


def _complete(connection: sqlite3.Connection, wording: Wording) -> Sequence[str]:
    beginning = wording.beginning
    if not beginning:
        return ()
    return [word for (word,) in connection.execute(_COMPLETE, (beginning, beginning + _LAST, MOST_COMPLETIONS))]


def _arrange(counts: Counter[int | None], chosen: int | None, facets: Mapping[int | None, Facet]) -> tuple[Facet, ...]:
    """Return the facets that have results, or are chosen; the chosen one first, then those with most."""
    known = [(number, replace(facets[number], count=count)) for number, count in counts.items() if number is not None]
    found = [
        (number != chosen, -facet.count, facet.iri, facet) for number, facet in known if facet.count or number == chosen
    ]
    return tuple(facet for *_, facet in sorted(found, key=itemgetter(0, 1, 2))[:MOST_FACETS])


def _show(
    connection: sqlite3.Connection,
    match: str,
    row: tuple[int, str, int | None, int | None, int | None, str | None],
    facets: Mapping[int | None, Facet],
) -> Hit:
    number, iri, class_, document, status, day = row
    texts = dict(zip(COLUMNS, connection.execute(_SHOW, {"match": match, "entry": number}).fetchone(), strict=True))
    heading = next((column for column in ("label", "gist", "names") if texts[column]), None)
    label = texts.pop(heading) if heading else shorten_iri(iri)
    names = (texts.get("names") or "").split("; ")  # in many languages: who looks for one need not read all
    texts["names"] = "; ".join(name for name in names if _START in name)
    told = ("text", "gist", "definition")
    columns = (
        (*told, "names") if _START in label else ("names", *told)
    )  # a name that nobody sees tells why it was found
    rest = [text for column in columns if (text := texts.get(column))]
    snippet = next((text for text in rest if _START in text), texts.get("definition") or texts.get("text") or "")
    return Hit(
        iri, _to_runs(label), _to_runs(snippet), facets.get(class_), facets.get(document), facets.get(status), day
    )


def _to_runs(text: str) -> tuple[Run, ...]:
    pieces = ((_STRAY.sub("", piece), number % 2 == 1) for number, piece in enumerate(_RUNS.split(join_signs(text))))
    return tuple(Run(piece, marked) for piece, marked in pieces if piece)


def _occurs(connection: sqlite3.Connection, match: str) -> bool:
    rows = connection.execute("SELECT 1 FROM words WHERE words MATCH ? LIMIT 1", (match,))
    return rows.fetchone() is not None


def _respell(connection: sqlite3.Connection, wording: Wording) -> Wording:
    """Return the search with each word that occurs nowhere, by no name, as the nearest that does."""
    if len(wording.required) > MOST_THINGS:
        return wording
    terms = tuple(_correct(connection, wording, place) for place in range(len(wording.required)))
    return wording if terms == wording.required else replace(wording, required=terms, unfinished=False)


def _correct(connection: sqlite3.Connection, wording: Wording, place: int) -> Term:
    term = wording.required[place]
    alone = replace(wording, required=(term,), excluded=())
    last = place == len(wording.required) - 1
    if term.quoted or _occurs(connection, alone.to_match(_complete(connection, alone) if last else ())):
        return term
    return next((Term(word) for word in _find_near(connection, fold(term.text))), term)


def _find_near(connection: sqlite3.Connection, word: str) -> list[str]:
    bounds = (word[:1], word[:1] + _LAST, len(word) - 2, len(word) + 2)
    words = [near for (near,) in connection.execute(_RESEMBLE, bounds)]
    return find_near(word, words, LIKENESS)
