"""Pages for readers, as functions of the dataset: home, comparison, glossary, the words under each statement."""

import asyncio
import re
from collections.abc import Mapping
from importlib.resources import files

import pytest
from pyoxigraph import NamedNode, Store
from tests.helpers.markup import Element, read_page
from tests.helpers.pages import ask
from tests.helpers.tables import read_rows

from g7kg.dataset.dataset import Dataset
from g7kg.errors import RequestError
from g7kg.pages.comparison import Comparison, arrange_lines, read_comparison, show_comparison, to_csv
from g7kg.pages.glossary import show_glossary
from g7kg.pages.home import show_home
from g7kg.pages.named import Named
from g7kg.pages.profiles import show_resource
from g7kg.pages.rendering import Page, local_path, render
from g7kg.pages.sources import Source
from g7kg.pages.terms import read_table
from g7kg.pages.words import read_quotation
from g7kg.rdf.vocab import IDENTIFIERS
from g7kg.texts.dates import read_day

STRONG, WEAK = ("https://w3id.org/g7kg/scheme/strength/" + name for name in ("high", "low"))


def draw(page: Page, **values: object) -> Element:
    return read_page(render(Page(page.template, {**values, **page.values}, page.selections)))


def show(dataset: Dataset, slug: str) -> Element:
    """Return the page of a resource, as a server shows it."""

    async def make() -> Element:
        iri = slug if slug.startswith("https:") else IDENTIFIERS + slug
        description = await dataset.describe(NamedNode(iri))
        page = await show_resource(dataset, description)
        return draw(page, description=description, path=local_path(iri), formats=())

    return asyncio.run(make())


@pytest.mark.parametrize(
    ("row", "words", "keeper"),
    [
        ({"words": "We agree.", "firstWords": "We"}, "We agree.", ""),
        ({"firstWords": "We", "lastWords": "agree"}, "We … agree", ""),
        ({"firstWords": "We agree", "fragment": "https://www.gov.uk/x"}, "We agree", "GOV.UK"),
        ({"firstWords": "We", "fragment": "https://example.org/x"}, "We", "example.org"),
    ],
)
def test_a_statement_is_quoted_by_its_words_or_its_cue(row: Mapping[str, str], words: str, keeper: str) -> None:
    said = read_quotation(row)
    assert said is not None
    assert (said.words, said.keeper) == (words, keeper)
    assert read_quotation({"fragment": "https://www.gov.uk/x"}) is None


def test_the_words_stand_under_each_statement_of_a_promise_and_of_a_topic(dataset: Dataset) -> None:
    promise = show(dataset, "undertaking/digital-identity-mapping")
    entries = promise.find("ol", "entries")
    assert [len(entry.find("blockquote", "quoted")) for ol in entries for entry in ol.find("li")] == [1] * 9
    last = entries[-1].find("blockquote")[0]
    assert last.words == "“delivered with the support of the OECD” Its words at G7 Research Group, Toronto"
    assert last.find("a")[0].attributes["href"].startswith("https://g7.utoronto.ca/ict/241015-joint-statement.html#:~:")
    for slug in ("organisation/oecd", "https://w3id.org/g7kg/scheme/topic/digital-identity"):
        listed = [item for ul in show(dataset, slug).find("ul", "mentions") for item in ul.find("li")]
        assert all(item.find("blockquote", "quoted") for item in listed)
        assert len(listed) > 20


def test_silence_is_told_from_the_absence_of_a_later_document(dataset: Dataset) -> None:
    (silent,) = show(dataset, "undertaking/semiconductors-information-exchange").find("p", "note")
    looked, doubt = "none reports on it, as far as they are in scope.", "It does not follow that it was not done."
    assert silent.words == f"2 later documents in this graph, to Cernobbio-Como, October 2024: {looked} {doubt}"
    (absent,) = show(dataset, "undertaking/mapping-follow-up-report").find("p", "note")
    assert absent.words == f"The graph has no later document that could report on it. {doubt}"


def test_strength_has_a_sentence(dataset: Dataset) -> None:
    facts = show(dataset, "undertaking/ai-public-sector-toolkit").find("dl", "facts")[0].find("div")
    told = {div.find("dt")[0].words: div.find("dd")[0].words for div in facts}
    statement = show(dataset, "verona-trento-2024/p23/s1").find("dl", "facts")[0].find("dd")[0]
    assert statement.words == "endorse The words bind plainly."
    assert told["Strength"] == (
        "low: The words bind weakly: a plan, an intention, an encouragement. That of its strongest statement."
    )
    assert {"Who is to act", "Outcome", "Topics", "Due"} <= told.keys()


def test_home_tells_how_many_promises_there_are_what_became_of_them_and_all_that_is_due(
    dataset: Dataset, store: Store
) -> None:
    home = draw(asyncio.run(show_home(dataset, "http://127.0.0.1/")))
    assert home.find("p", "story")[0].words == (
        "211 promises (162 commitments, 42 requests, 7 announcements) from 7 documents, May 2023 to October 2024:"
    )
    assert [item.words for item in home.find("div", "outcomes")[0].find("li")] == [
        "8 delivered",
        "14 advanced",
        "25 restated",
        "158 later documents silent",
        "6 no later document",
    ]
    due = ask(store, "SELECT DISTINCT ?u { ?u a g7:Undertaking ; g7:due ?d }")
    assert len(home.find("ul", "due-list")[0].find("li")) == len(due) == 14
    asked = [heading.words for heading in home.find("h3", "whom")]
    oecd = "Organisation for Economic Co-operation and Development"
    assert asked[:3] == ["relevant ministers", "G7 competition authorities", oecd]
    (dates,) = home.find("ol", "dates")
    named = [heading.words for heading in dates.find("h3")]
    assert (named[0], named[-1], len(named)) == ("Group of Seven, August 2020", "Cernobbio-Como, October 2024", 8)
    assert "New here: Hiroshima AI Process" not in dates.find("li")[-1].words
    assert "Spoken of again:" in dates.find("li")[-1].words


def compare(dataset: Dataset, topic: str, *documents: str) -> Comparison:
    return asyncio.run(read_comparison(dataset, topic, documents, 2))


def test_a_comparison_says_what_is_reported_new_or_not_said_again(dataset: Dataset) -> None:
    compared = compare(dataset, "digital-identity")
    names = [source.known_as for source in compared.documents]
    assert names == ["Verona and Trento, March 2024", "Cernobbio-Como, October 2024"]
    assert {line.promise.label: line.cells[1].change for line in compared.lines if line.promise} == {
        "Compendium of Digital Government Services": "delivered",
        "Continue dialogue on trustworthy AI and digital government": "as strong",
        "Mapping Exercise of Digital Identity Approaches": "delivered",
        "Commitment to OECD Recommendation on Digital Identity": "not said again",
        "Disseminate the mapping exercise outside the G7": "new",
        "Report on follow-up of the mapping exercise": "new",
    }
    page = draw(show_comparison(compared))
    assert page.find("link", rel="canonical")[0].attributes["href"] == compared.link()
    assert len(page.find("table", "compared")[0].find("tbody")[0].find("tr")) == 6
    rows = read_rows(to_csv(compared).decode())
    (dropped,) = [row for row in rows if row["change"] == "not said again"]
    assert dropped["promiseLabel"] == "Commitment to OECD Recommendation on Digital Identity"
    assert (dropped["day"], dropped["statement"]) == ("2024-10-15", "")
    words = {row["words"] for row in rows if row["promiseLabel"].startswith("Report on follow-up")}
    assert "and report to the G7 Digital … Working Group on the follow-up" in words


def test_without_a_choice_all_documents_on_the_topic_are_compared(dataset: Dataset) -> None:
    compared = asyncio.run(read_comparison(dataset, "ai-governance", ()))
    assert compared.documents == compared.known
    assert len(compared.known) > 2
    assert (compared.link(), compared.link(".csv")) == ("/compare/ai-governance", "/compare/ai-governance.csv")
    chosen = compare(dataset, "ai-governance", compared.known[0].document.name)
    assert (chosen.documents, chosen.known) == (compared.known[:1], compared.known)
    assert chosen.link() == f"/compare/ai-governance?document={compared.known[0].document.name}"


def said(name: str, document: str, strength: str) -> dict[str, str]:
    promise = {"undertaking": "u", "label": "U", "status": "s", "statusLabel": "S"}
    return {"statement": name, "document": document, "strength": strength, **promise}


def test_strengths_are_compared_with_the_last_document_that_speaks_of_it() -> None:
    documents = [Source(Named(name, name), read_day(f"2024-0{number}-01")) for number, name in enumerate("abcd", 1)]
    rows = [said("1", "a", WEAK), said("2", "b", STRONG), said("3", "b", WEAK), said("4", "d", WEAK)]
    (line,) = arrange_lines(rows, documents)
    assert [cell.change for cell in line.cells] == ["", "stronger", "not said again", "weaker"]
    assert [row["statement"] for row in line.cells[1].rows] == ["2", "3"]
    reported = [{**row, "reportedLabel": "advanced"} for row in rows]
    (told,) = arrange_lines([rows[0], *reported[1:]], documents)
    assert [cell.change for cell in told.cells] == ["", "advanced, stronger", "not said again", "advanced, weaker"]
    twice = [{**said("5", "b", WEAK), "reportedLabel": "restated"}, said("5", "b", WEAK)]
    for both in (twice, twice[::-1]):  # it states it again, and reports on it
        (line,) = arrange_lines([rows[0], *both], documents[:2])
        assert [cell.change for cell in line.cells] == ["", "restated"]
    (later,) = arrange_lines(rows[1:], documents[:2])
    assert [cell.change for cell in later.cells] == ["", "new"]


def test_a_comparison_of_what_there_is_not_is_refused_with_what_there_is(dataset: Dataset) -> None:
    assert len(compare(dataset, "").topics) > 50
    with pytest.raises(RequestError, match="there is no topic “digital-identitty”") as refused:
        compare(dataset, "digital-identitty")
    assert "“digital-identity”" in str(refused.value.hint)
    with pytest.raises(RequestError, match="there is no document that speaks on this topic “apulia-2024”"):
        compare(dataset, "digital-identity", "apulia-2024")


def test_every_word_that_pages_link_to_is_in_the_glossary(dataset: Dataset) -> None:
    glossary = draw(asyncio.run(show_glossary(dataset)))
    anchors = [element.attributes["id"] for element in glossary.walk() if "id" in element.attributes]
    assert len(anchors) == len(set(anchors))
    templates = files("g7kg.pages") / "templates"
    linked = set(re.findall(r"/glossary#([\w-]+)", "".join(one.read_text("utf-8") for one in templates.iterdir())))
    assert {"Commitment", "Request", "strength", "later-documents-silent"} <= linked <= set(anchors)
    assert {*read_table("plain"), *read_table("undertaking-facts")} <= set(anchors)
    (debtor,) = glossary.find("div", id="debtor")
    assert debtor.words.startswith("who is to act in the data: debtor Who is to act.")


def test_a_long_document_has_its_contents_promises_with_their_status_and_a_way_back(dataset: Dataset) -> None:
    page = show(dataset, "verona-trento-2024")
    assert [link.attributes["href"] for link in page.find("a", "skip")] == ["#main", "#h1"]
    assert page.find("input", id="only-promises")
    (said_,) = page.find("div", id="p57/s1")
    assert [status.words for status in said_.find("a", "status")] == [
        "Commitment to OECD Recommendation on Digital Identity: later documents silent"
    ]
    shown = page.find("li", "promise")
    (told,) = page.find("p", "only")
    assert told.words == f"Promises only {len(shown)} of 281 statements state a promise or report on one"
    assert page.find("p", "top")[0].find("a")[0].attributes["href"] == "#main"


def test_a_kind_of_speech_act_lists_the_statements_that_its_chart_counts(dataset: Dataset, store: Store) -> None:
    page = show(dataset, "https://w3id.org/g7kg/scheme/speech-act/expressive")
    counted = ask(store, "SELECT DISTINCT ?s { ?s g7:speechAct/skos:broader act:expressive }")
    listed = [item for ul in page.find("ul", "mentions") for item in ul.find("li")]
    assert len(listed) == min(len(counted), 100) > 20
