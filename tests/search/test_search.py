"""Search: what people type, what the index holds, what is found."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store

from g7kg.build.snapshot import Snapshot
from g7kg.errors import EngineError, Overload, QueryTimeout, RequestError
from g7kg.rdf.vocab import IDENTIFIERS, RDF, RDFS, SKOS
from g7kg.search import Searcher, Wish, read_wording
from g7kg.search.finding import Findings, find
from g7kg.search.searcher import MOST_WAITING
from g7kg.snapshot.index import fold, open_index, write_index
from g7kg.snapshot.manifest import INDEX

E = "http://e/"


@pytest.mark.parametrize(
    ("text", "match", "beginning"),
    [
        ("digital government", '("digital" AND "government")', "government"),
        ("AI", '("AI")', None),
        ("“data free flow” trust ", '("data free flow" AND "trust")', None),
        ('cyber -"made in"  -Italy', '("cyber") NOT ("made in" OR "Italy")', None),
        ("toolkit -", '("toolkit")', None),
        ('an "open end', '("an" AND "open end")', None),
        ("NEAR(ai, 2) OR label:ai* ^x +", '("NEAR(ai," AND "2)" AND "OR" AND "label:ai*" AND "^x")', None),
        ("nul\0inside", '("nul" AND "inside")', "inside"),
        ("ai digital ai", '("digital" AND "ai")', None),
        ("\ue000mark\ue001", '("mark")', None),
    ],
)
def test_what_is_typed_is_words_phrases_and_exclusions_and_nothing_else(
    text: str, match: str, beginning: str | None
) -> None:
    wording = read_wording(text)
    assert (wording.to_match(), wording.beginning) == (match, beginning)


@pytest.mark.parametrize("text", ["", "  ", "!!! --", '""', '-"', "-excluded", "\0", "🙂"])
def test_what_has_no_word_asks_for_nothing(text: str) -> None:
    assert read_wording(text).required == ()


def test_a_text_of_ten_thousand_words_is_refused() -> None:
    with pytest.raises(RequestError, match="49,999 characters"):
        read_wording(" ".join(["word"] * 10_000))


def test_names_are_compared_without_case_accents_and_punctuation() -> None:
    assert fold("  Forêt-Noire: “École” № 5") == "foret noire ecole no 5"


def index(folder: Path, *triples: tuple[str, NamedNode, str]) -> sqlite3.Connection:
    """Write an index of ``triples``, whose objects are literals unless they begin with http; open it."""
    store = Store()
    for subject, property_, value in triples:
        object_ = NamedNode(value) if value.startswith("http") else Literal(value)
        store.add(Quad(NamedNode(E + subject), property_, object_))
    write_index(store, folder)
    return open_index(folder)


def ask(connection: sqlite3.Connection, text: str, **wish: str | int) -> Findings:
    return find(connection, Wish(read_wording(text), **wish))  # type: ignore[arg-type]


def names_of(findings: Findings) -> list[str]:
    return [hit.iri.removeprefix(E).removeprefix(IDENTIFIERS) for hit in findings.hits]


def test_labels_come_before_definitions_exact_names_first_and_ties_by_iri(tmp_path: Path) -> None:
    triples = (
        ("a", SKOS("definition"), "about trust"),
        ("b", RDFS("label"), "about trust"),
        ("c", RDFS("label"), "a name"),
        ("c", SKOS("altLabel"), "Trust"),
        ("e", RDFS("label"), "trust funds"),
        ("d", RDFS("label"), "trust funds"),
    )
    with closing(index(tmp_path, *triples)) as connection:
        assert names_of(ask(connection, "trust")) == ["c", "b", "d", "e", "a"]


def test_an_unfinished_word_is_completed_although_the_index_holds_stems(tmp_path: Path) -> None:
    with closing(index(tmp_path, ("a", RDFS("label"), "The Regulation"), ("b", RDFS("label"), "Régulating"))) as found:
        for text in ("regulat", "regulati", "RÉGULATI", "regulations"):
            assert (text, names_of(ask(found, text))) == (text, ["b", "a"])
        assert names_of(ask(found, "regulati ")) == []


def test_a_resource_has_the_smallest_of_its_classes_and_is_counted_by_it(tmp_path: Path) -> None:
    triples = [(name, RDF("type"), E + class_) for name in "abc" for class_ in ("Thing", "Odd" if name < "b" else "X")]
    triples += [(name, RDFS("label"), "same") for name in "abc"] + [("X", RDFS("label"), "the X")]
    with closing(index(tmp_path, *triples)) as connection:
        found = ask(connection, "same")
        shown = [(facet.iri, facet.label, facet.count) for facet in found.classes]
        assert shown == [(f"{E}X", "the X", 2), (f"{E}Odd", None, 1)]
        narrowed = ask(connection, "same", class_=f"{E}Odd")
        assert (narrowed.total, names_of(narrowed)) == (1, ["a"])
        assert [(facet.iri, facet.count) for facet in narrowed.classes] == [(f"{E}Odd", 1), (f"{E}X", 2)]
        with pytest.raises(RequestError, match="no class or document “http://e/None”"):
            ask(connection, "same", class_=f"{E}None")


def test_where_nothing_is_found_like_words_or_fewer_are_proposed(tmp_path: Path) -> None:
    with closing(index(tmp_path, ("a", RDFS("label"), "semiconductor supply"), ("b", RDFS("label"), "oats"))) as found:
        assert ask(found, "semiconducter suply").suggestions == ("semiconductor supply",)
        assert ask(found, "supply oats").suggestions == ("oats", "supply")
        assert ask(found, "supply -semiconductor").suggestions == ("supply",)
        assert ask(found, "zzzz").suggestions == ()
        assert ask(found, "supply").suggestions == ()


def test_marks_stand_around_the_words_whatever_the_text_holds(tmp_path: Path) -> None:
    with closing(index(tmp_path, ("a", RDFS("label"), "x\ue000 <b>promised</b>\ue001 promise \ue000"))) as found:
        (hit,) = ask(found, "promise").hits
    marked = [run.text for run in hit.label if run.marked]
    assert (marked, "".join(run.text for run in hit.label)) == (["promised", "promise"], "x <b>promised</b> promise ")


def test_a_search_ends_at_its_deadline(tmp_path: Path) -> None:
    words = "one two three four five six seven eight nine ten"
    index(tmp_path, *((str(n), RDFS("label"), words) for n in range(20_000))).close()

    async def run() -> None:
        searcher = Searcher(tmp_path, 0.01)
        with pytest.raises(QueryTimeout, match="the search ran into its deadline"):
            await searcher.search(Wish(read_wording(words)))
        searcher.seconds = 10
        assert (await searcher.search(Wish(read_wording(words)))).total == 20_000
        searcher.waiting = MOST_WAITING
        with pytest.raises(Overload):
            await searcher.search(Wish(read_wording(words)))
        searcher.close()

    asyncio.run(run())


def test_an_index_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    async def run() -> None:
        searcher = Searcher(tmp_path, 1)
        with pytest.raises(EngineError, match="the index cannot be searched"):
            await searcher.search(Wish(read_wording("x")))
        searcher.close()

    asyncio.run(run())


def test_the_words_of_the_documents_are_in_the_index_only_if_they_were_given(
    snapshot: Snapshot, worded_snapshot: Snapshot
) -> None:
    given = worded_snapshot
    with closing(open_index(given.folder)) as full, closing(open_index(snapshot.folder)) as bare:
        spelt = [{word for (word,) in one.execute("SELECT word FROM spelling")} for one in (full, bare)]
        assert {"backdrop", "flagrant", "gratitude", "distinguished", "incentivising", "whilst"} <= spelt[0] - spelt[1]
        assert spelt[1] <= spelt[0]
        for connection, paragraphs in ((full, 191), (bare, 0)):
            counted = connection.execute("SELECT count(*) FROM content WHERE text <> ''").fetchone()
            assert counted == (paragraphs,)
        found = ask(full, '"grateful for the efforts"')
        assert names_of(found) == ["cernobbio-como-2024/p2", "verona-trento-2024/p2"]
        assert [run.text for run in found.hits[0].snippet if run.marked] == ["grateful for the efforts"]
        assert names_of(ask(bare, '"grateful for the efforts"')) == []
    for folder, held in ((given.folder, True), (snapshot.folder, False)):
        assert (b"grateful for the efforts" in (folder / INDEX).read_bytes()) is held
