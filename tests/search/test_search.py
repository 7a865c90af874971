"""Search: what people type, what the index holds, what is found."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store

from g7kg.build.snapshot import Snapshot
from g7kg.errors import EngineError, Overload, QueryTimeout, RequestError
from g7kg.rdf.vocab import G7, IDENTIFIERS, RDF, RDFS, SKOS
from g7kg.search import Searcher, Wish, read_wording
from g7kg.search.finding import Findings, find
from g7kg.search.searcher import MOST_WAITING
from g7kg.snapshot.folding import fold
from g7kg.snapshot.index import open_index, write_index
from g7kg.snapshot.manifest import INDEX

E = "http://e/"


DIGITAL_ID = ['"digital IDs"', '"digital ID"', '"digital identity"', '"digital identities"']
DIGITAL_ID += ['"eID"', '"electronic identification"', '"electronic identity"']


@pytest.mark.parametrize(
    ("text", "match", "beginning"),
    [
        ("digital trade", '("digital" AND "trade")', "trade"),
        ("AI", '(("AI" OR "artificial intelligence"))', None),
        ("“data free flow” trust ", '("data free flow" AND "trust")', None),
        ('cyber -"made in"  -Italy', '("cyber") NOT ("made in" OR "Italy")', None),
        ("toolkit -", '("toolkit")', None),
        ('an "open end', '("open end")', None),
        ("NEAR(ai, 2) OR label:ai* ^x +", '("NEAR(ai," AND "2)" AND "label:ai*" AND "^x")', None),
        ("nul\0inside", '("nul" AND "inside")', "inside"),
        ("one digital one", '("digital" AND "one")', "one"),
        ("the", '("the")', "the"),
        ("which digital IDs", f"(({' OR '.join(DIGITAL_ID)}))", None),
        (
            '"digital ID" uptake',
            '("digital ID" AND ("uptake" OR "adoption" OR "adopt" OR "adopting" OR "take up"))',
            "uptake",
        ),
        ("who asked", '(("asked" OR "request" OR "call on" OR "invite" OR "urge" OR "encourage"))', "asked"),
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


def test_either_apostrophe_finds_the_same(snapshot: Snapshot) -> None:
    with closing(open_index(snapshot.folder)) as opened:
        straight, typographic = (names_of(ask(opened, f"Italy{sign}s G7 presidency in 2024")) for sign in "'’")
    assert straight == typographic
    assert straight[0] == "presidency/italy-2024"


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
        whole = ask(found, "regulati ")
        assert (names_of(whole), whole.searched) == (["b", "a"], "regulation")


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


def test_misspelt_words_are_corrected_and_what_lacks_least_is_found(tmp_path: Path) -> None:
    labels = {"a": "semiconductor supply", "b": "oats supply", "c": "rye"}

    def told(text: str) -> tuple[list[str], str, int]:
        findings = ask(found, text)
        return names_of(findings), findings.searched, findings.lacking

    with closing(index(tmp_path, *((name, RDFS("label"), label) for name, label in labels.items()))) as found:
        assert told("semiconducter suply") == (["a"], "semiconductor supply", 0)
        assert told("the supply of oats") == (["b"], "the supply of oats", 0)
        assert told("supply oats zebra") == (["b"], "supply oats zebra", 1)
        assert told("oats rye zebra") == (["c", "b"], "oats rye zebra", 2)
        assert told("supply -semiconductor") == (["b"], "supply -semiconductor", 0)
        assert told('"semiconducter"') == ([], '"semiconducter"', 0)
        assert told("goat") == ([], "goat", 0)
        assert told("zzzz") == ([], "zzzz", 0)


def test_things_are_found_by_synonyms_and_by_the_names_of_what_they_are_linked_to(tmp_path: Path) -> None:
    triples = (
        ("t", SKOS("prefLabel"), "undersea cables"),
        ("t", SKOS("altLabel"), "câbles sous-marins"),
        ("a", RDFS("label"), "a promise"),
        ("a", G7("topic"), E + "t"),
    )
    with closing(index(tmp_path, *triples)) as found:
        for text in ("submarine cable", "cables sous-marins", "the undersea cable"):
            assert sorted(names_of(ask(found, text))) == ["a", "t"]


ID_OF_TOPIC = {"digital-identity-recommendation", "digital-identity-mapping", "policy-dialogue"}
ID_OF_TOPIC |= {"mapping-follow-up-report", "mapping-dissemination", "digital-government-compendium"}
LISTED = {
    "who asked the OECD": {"mapping-follow-up-report", "mapping-dissemination", "policy-impact-analysis"},
    "what did the G7 promise on AI": {"ai-benefits-and-risks", "hiroshima-ai-process", "ai-for-sdgs"},
    "SMEs": {"msme-technology-adoption", "msme-digital-transformation", "ai-adoption-report"},
    "digital ID": ID_OF_TOPIC,
    "promises on digital identity": ID_OF_TOPIC,
    "submarine cable": {"undersea-cable-supply-risks", "undersea-cable-cooperation", "undersea-networks-cooperation"},
    "uptake of AI in companies": {"ai-adoption-report"},
    "internet fragmentation": {"internet-fragmentation"},
    "OCDE": {"mapping-follow-up-report", "reporting-framework-pilot", "mapping-dissemination"},
    # of the same kind
    "what was promised on semiconductors": {"semiconductors-coordination", "semiconductors-information-exchange"},
    "chip shortage": {"semiconductors-coordination"},
    "ransomwear": {"counter-ransomware-initiative", "ransom-payments"},
    "economic coersion": {"counter-economic-coercion", "economic-coercion-platform"},
    "rare earths": {"critical-minerals-recycling", "critical-minerals-plan"},
    "children online safety": {"childrens-rights-online", "child-exploitation-on-platforms"},
    "cross border data": {"dfft-advancement", "dfft-operationalisation"},
    "jobs and AI": {"ai-world-of-work", "ai-labour-action-plan"},
    "small firms": {"msme-technology-adoption", "msme-digital-transformation"},
    "cyber attacks": {"cybersecurity-improvement", "malicious-cyber-behaviour-tools"},
    "toolkit for civil servants": {"ai-public-sector-toolkit"},
    "code of conduct": {"code-of-conduct-commitment", "code-of-conduct-monitoring"},
    "copyright": {"ai-adoption-report", "covert-and-forced-transfer"},
    "open RAN": {"open-architectures-exchange"},
    "support for Ukraine": {"support-for-ukraine"},
    "satellites in space": {"anti-satellite-tests"},
    "gender": {"digital-divides", "inclusive-cyberspace"},
    "hiroshima process reporting": {"reporting-framework-pilot", "reporting-framework"},
    "splinternet": {"internet-fragmentation"},
    "what is due in 2024": {"ai-adoption-report", "reporting-framework", "hiroshima-brand"},
    "e-government": {"digital-government-compendium"},
    "child abuse": {"child-exploitation-on-platforms"},
    "requests to UNESCO": {"ai-public-sector-toolkit"},
    "pledges on biotechnology": {"responsible-biotechnology"},
}
"""Of what people ask, promises that stand among the first ten results."""


@pytest.mark.parametrize("text", LISTED)
def test_what_people_ask_finds_the_promises_about_it(text: str, snapshot: Snapshot) -> None:
    with closing(open_index(snapshot.folder)) as found:
        findings = ask(found, text, size=10)
    names = [name.removeprefix("undertaking/") for name in names_of(findings)]
    assert LISTED[text] <= set(names)
    promises = [hit.status is not None for hit in findings.hits]
    exact = next((place for place, promised in enumerate(promises) if promised), 0)
    assert promises[exact:] == sorted(promises[exact:], reverse=True)
    assert all(hit.day for hit in findings.hits if hit.status)


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
        with pytest.raises(QueryTimeout, match=r"the search (ran into|waited until) its deadline"):
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
        words = {"applauding", "applicability", "backdrop", "incentivising", "showcasing", "weaponizing"}
        assert words <= spelt[0] - spelt[1]
        assert spelt[1] <= spelt[0]
        counting = "SELECT count(*) FROM content JOIN entry USING (id) JOIN facet ON facet.id = class WHERE text <> ''"
        parts, statements = "label IN ('paragraph', 'bullet', 'catalogue entry')", "label = 'statement'"
        for connection, counts in ((full, [191, 860, 211]), (bare, [0, 0, 0])):
            kinds = (f"facet.{parts}", f"facet.{statements}", "status NOT NULL")
            assert [connection.execute(f"{counting} AND {kind}").fetchone()[0] for kind in kinds] == counts
        found = ask(full, '"grateful for the efforts"')
        assert sorted(names_of(found)) == [
            *("cernobbio-como-2024/p2", "cernobbio-como-2024/p2/s1"),
            *("verona-trento-2024/p2", "verona-trento-2024/p2/s2"),
        ]
        assert [run.text for run in found.hits[0].snippet if run.marked] == ["grateful for the efforts"]
        assert names_of(ask(bare, '"grateful for the efforts"')) == []
    for folder, held in ((given.folder, True), (snapshot.folder, False)):
        assert (b"grateful for the efforts" in (folder / INDEX).read_bytes()) is held
