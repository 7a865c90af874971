"""Documents, their parts and their statements as pages."""

from urllib.parse import quote

import httpx
import pytest
from pyoxigraph import Store
from tests.helpers.pages import ask, page

from g7kg.pages.contents import Contents, arrange_parts
from g7kg.pages.words import Segment, Span, cut_words

DOCUMENTS = ["verona-trento-2024", "cernobbio-como-2024", "cssii-2020"]


@pytest.mark.parametrize(
    ("spans", "segments"),
    [
        pytest.param([], [("abcdef", (), ())], id="none"),
        pytest.param([(1, 0, 6)], [("abcdef", (1,), (1,))], id="whole"),
        pytest.param([(1, 1, 3)], [("a", (), ()), ("bc", (1,), (1,)), ("def", (), ())], id="gaps"),
        pytest.param([(1, 0, 6), (2, 2, 4)], [("ab", (1,), (1,)), ("cd", (1, 2), (2,)), ("ef", (1,), ())], id="nested"),
        pytest.param(
            [(1, 0, 4), (2, 2, 6)], [("ab", (1,), (1,)), ("cd", (1, 2), (2,)), ("ef", (2,), ())], id="overlapping"
        ),
        pytest.param(
            [(1, 0, 3), (2, 1, 6)], [("a", (1,), (1,)), ("bc", (2, 1), (2,)), ("def", (2,), ())], id="shorter-first"
        ),
        pytest.param([(1, 0, 6), (2, 0, 3)], [("abc", (1, 2), (1, 2)), ("def", (1,), ())], id="same-start"),
        pytest.param([(1, 2, 9), (2, 4, 4), (3, -1, 2)], [("ab", (), ()), ("cdef", (1,), (1,))], id="out-of-bounds"),
    ],
)
def test_words_are_cut_where_spans_begin_and_end(
    spans: list[tuple[int, int, int]], segments: list[tuple[str, tuple[int, ...], tuple[int, ...]]]
) -> None:
    cut = cut_words("abcdef", [Span(*span) for span in spans])
    assert [(segment.text, segment.numbers, segment.opening) for segment in cut] == segments


def test_the_innermost_statement_is_that_of_the_shortest_span() -> None:
    cut = cut_words("abc", [Span(1, 0, 2), Span(2, 0, 3), Span(3, 1, 2)])
    assert [segment.innermost for segment in cut] == [1, 3, 2]
    assert Segment("x", (), ()).innermost is None


def part(name: str, parent: str, class_: str, **values: str) -> dict[str, str]:
    return {"document": "d", "part": f"d/{name}", "parent": parent, "class": f"g7#{class_}", **values}


def told(name: str, of: str | None = None) -> dict[str, str]:
    row = {"document": "d", "part": f"d/{name.partition('/')[0]}", "statement": f"d/{name}", "start": "0", "end": "3"}
    return {**row, "of": of} if of else row


def test_parts_are_arranged_with_their_statements_items_and_links() -> None:
    parts = arrange_parts(
        [part("h1", "d", "Section", title="One"), part("p1", "d/h1", "Paragraph"), part("b1", "d/p1", "Bullet")],
        [told("p1/s1"), told("p1/s1"), told("p1/s2", "d/p1/s1"), told("b1/s1", "d/p1/s1")],
        [{"statement": "d/p1/s2", "property": "g7#topic", "value": "t", "label": "T"}],
    )
    heading, paragraph, bullet = ((p.slug, p.name, p.depth, p.anchors) for p in parts)
    assert heading == ("h1", "One", 0, {})
    assert paragraph == ("p1", "Paragraph 1", 1, {1: "p1/s1", 2: "p1/s2"})
    assert bullet == ("b1", "Bullet 1", 2, {1: "b1/s1"})
    (first,) = parts[1].statements
    (item,) = first.items
    assert (first.number, item.number, [link["label"] for link in item.links["topic"]]) == (1, 2, ["T"])
    contents = Contents(parts, ())
    assert [p.slug for p in contents.above(parts[2])] == ["h1", "p1"]
    assert [p.slug for p in contents.within(parts[1])] == ["p1", "b1"]


def test_parts_of_each_other_and_statements_of_themselves_do_no_harm() -> None:
    rows = [part("p1", "d/p2", "Paragraph"), part("p2", "d/p1", "Paragraph")]
    contents = Contents(arrange_parts(rows, [told("p1/s1", "d/p1/s1")], []), ())
    assert [p.slug for p in contents.above(contents.parts[0])] == ["p1", "p2"]
    assert contents.parts[0].statements == ()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_statement_stands_on_the_page_of_its_document_once_in_its_part(
    document: str, client: httpx.Client, store: Store
) -> None:
    found = ask(store, f"SELECT ?s ?p ?g {{ ?s g7:inDocument <{document}> ; g7:inParagraph ?p ; g7:gist ?g }}")
    expected = {statement: (part_, gist) for statement, part_, gist in found}
    shown = [
        (
            f"{document}/{said.attributes['id']}",
            next(f"{document}/{above.attributes['id']}" for above in said.above() if above.tag == "section"),
            said.find("a", "gist")[0].text,
        )
        for said in page(client, document).find("div", "said")
    ]
    assert len(shown) == len(expected) > 30
    assert {statement: (part_, gist) for statement, part_, gist in shown} == expected


def test_the_contents_list_the_headings_of_a_declaration_and_the_entries_of_a_catalogue(
    client: httpx.Client, store: Store
) -> None:
    def listed(document: str) -> list[str]:
        (nav,) = page(client, document).find("nav", "contents")
        return [link.attributes["href"].removeprefix("#") for link in nav.find("ol")[0].find("a")]

    assert listed("verona-trento-2024") == [*(f"h{n}" for n in range(1, 10)), "a1", "a2", "a3", "a4"]
    entries = ask(store, "SELECT ?e { ?e a g7:CatalogueEntry ; g7:order ?o } ORDER BY ?o")
    assert [f"cssii-2020/{slug}" for slug in listed("cssii-2020")] == [entry for (entry,) in entries]
    assert not page(client, "cernobbio-como-2024").find("nav", "contents")


def test_the_items_of_a_list_stand_below_their_statement(client: httpx.Client) -> None:
    document = page(client, "verona-trento-2024")

    def within(slug: str) -> list[str]:
        (said,) = document.find("div", id=slug)
        above = (element for element in said.above() if element.tag == "li")
        return [element.find("div", "said")[0].attributes["id"] for element in above]

    assert [within(f"p32/s{n}")[1:] for n in range(4, 9)] == [[], *[["p32/s4"]] * 4]
    assert within("p24/b2/s1") == ["p24/b2/s1"]


def test_a_statement_on_the_page_of_its_document_has_links_to_what_it_does(client: httpx.Client) -> None:
    (said,) = page(client, "cernobbio-como-2024").find("div", id="p7/s6")
    marks = [mark.words for mark in said.find("li") if "topics" not in mark.classes]
    assert marks == [
        "call on",
        "to Organisation for Economic Co-operation and Development",
        "for G7 Digital & Technology Working Group",
        "promise: Report on follow-up of the mapping exercise",
    ]
    links = [link.attributes["href"] for link in said.find("a")]
    assert links[0] == "/doc/undertaking/mapping-follow-up-report"
    assert links[1].startswith("https://g7.utoronto.ca/ict/241015-joint-statement.html#:~:text=")
    assert links[2:5] == ["/doc/cernobbio-como-2024/p7/s6", "/scheme/speech-act/call-on", "/doc/organisation/oecd"]


def test_without_the_texts_no_page_has_words(client: httpx.Client) -> None:
    for path in ("cernobbio-como-2024", "cernobbio-como-2024/p7", "cernobbio-como-2024/p7/s2"):
        assert not page(client, path).find("blockquote", "text")


def test_with_the_texts_each_span_is_marked_and_leads_to_its_statement(worded: httpx.Client) -> None:
    """Paragraph 1 of Cernobbio-Como has four items within the span of a sentence."""
    (section,) = page(worded, "cernobbio-como-2024").find("section", id="p1")
    (words,) = section.find("blockquote", "text")
    links = words.find("a")
    spans = {number: "".join(link.text for link in links if f"w{number}" in link.classes) for number in range(1, 7)}
    assert {number: len(span) for number, span in spans.items()} == {1: 227, 2: 236, 3: 50, 4: 19, 5: 17, 6: 45}
    hrefs = [link.attributes["href"] for link in links]
    assert hrefs[1:4] == ["#p1/s2", "#p1/s3", "#p1/s2"]
    assert [link.attributes.get("data-n") for link in links[1:4]] == ["2", "3", None]
    assert {*hrefs} == {f"#{said.attributes['id']}" for said in section.find("div", "said")}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_with_the_texts_the_words_are_there_without_loss(document: str, worded: httpx.Client) -> None:
    query = f"""PREFIX g7: <https://w3id.org/g7kg/ontology#>
        SELECT ?text {{
          ?part g7:inDocument <https://w3id.org/g7kg/id/{document}> ; g7:order ?order ; <https://schema.org/text> ?text
        }} ORDER BY ?order"""
    rows = worded.get("/sparql", params={"query": query, "format": "json"}).json()["results"]["bindings"]
    shown = [quotation.text.strip() for quotation in page(worded, document).find("blockquote", "text")]
    assert shown == [row["text"]["value"] for row in rows]
    assert len(shown) > 10


def test_beside_the_words_stand_the_promises_and_all_statements_are_folded(worded: httpx.Client) -> None:
    (section,) = page(worded, "verona-trento-2024").find("section", id="p10")
    (tracked,) = section.find("ul", "tracked")
    assert [row.words for row in tracked.find("li")] == [
        "2 Operationalise Data Free Flow with Trust advanced",
        "3 Build on commonalities between data flow regulatory approaches restated",
    ]
    (folded,) = section.find("details", "folded")
    assert folded.find("summary")[0].words == "3 statements, 2 on promises"
    assert "open" not in folded.attributes
    assert [row.attributes["id"] for row in folded.find("div", "said")] == ["p10/s1", "p10/s2", "p10/s3"]
    assert len(section.find("div", "said")) == 3


def test_the_page_of_a_statement_marks_its_own_words_among_those_of_its_part(worded: httpx.Client) -> None:
    (words,) = page(worded, "cernobbio-como-2024/p1/s2").find("blockquote", "text")
    here = [link for link in words.find("a") if "here" in link.classes]
    assert len("".join(link.text for link in here)) == 236
    hrefs = {link.attributes["href"] for link in here}
    assert hrefs == {f"/doc/cernobbio-como-2024/p1/s{number}" for number in range(2, 7)}


def test_the_page_of_a_part_says_where_it_is_and_what_is_beside_it(client: httpx.Client) -> None:
    found = page(client, "verona-trento-2024/p24")
    (trail,) = found.find("nav", "breadcrumb")
    above = [link.attributes["href"].removeprefix("/doc/verona-trento-2024") for link in trail.find("a")]
    assert above == ["", "/h1", "/h2"]
    (beside,) = found.find("nav", "beside")
    before, after = ((link.attributes["rel"], link.words) for link in beside.find("a"))
    assert (before, after) == (("prev", "← Paragraph 23"), ("next", "→ Paragraph 25"))
    slugs = [said.attributes["id"] for said in found.find("div", "said")]
    assert slugs == ["p24/s1", *(f"p24/b{n}/s1" for n in range(1, 5))]


def test_a_section_has_its_paragraphs_and_those_of_its_subsections(client: httpx.Client, store: Store) -> None:
    found = page(client, "verona-trento-2024/h5")
    below = "?p dcterms:isPartOf+ <verona-trento-2024/h5> ; g7:order ?o FILTER NOT EXISTS { ?p a g7:Section }"
    expected = ask(store, f"SELECT ?p {{ {below} }} ORDER BY ?o")
    shown = [[f"verona-trento-2024/{section.attributes['id']}"] for section in found.find("section", "part")]
    assert shown == expected
    assert [link.attributes["rel"] for link in found.find("nav", "beside")[0].find("a")] == ["prev", "next"]


def test_the_page_of_a_statement_tells_readings_from_what_the_words_say(client: httpx.Client) -> None:
    (findings,) = page(client, "cernobbio-como-2024/p1/s2").find("ul", "findings")
    readings = findings.find("span", "reading")
    assert [reading.find("strong")[0].text for reading in readings] == ["Our reading."] * 2
    assert readings[0].words.startswith("Our reading. The areas are those that paragraph 16 named in March")
    assert [badge.text for badge in findings.find("a", "badge")] == ["advanced", "advanced"]
    (stated,) = page(client, "cssii-2020/e08/s1").find("ul", "findings")
    assert "The words say so." in stated.words
    assert not stated.find("span", "reading")


def test_the_page_of_a_statement_shows_each_of_its_properties_at_its_end(client: httpx.Client, store: Store) -> None:
    slug = "cernobbio-como-2024/p7/s3"
    properties = ask(store, f"SELECT DISTINCT ?p {{ <{slug}> ?p ?o }}")
    (everything,) = page(client, slug).find("details", "everything")
    assert len(everything.find("dl", "properties")[0].find("dt")) == len(properties) > 10


def test_pages_say_how_we_know(client: httpx.Client) -> None:
    (evidence,) = page(client, "cernobbio-como-2024/p7/s3").find("details", "evidence")
    links = {link.words: link.attributes["href"] for link in evidence.find("a")}
    assert "What does the statement show?" in links
    iri = quote("<https://w3id.org/g7kg/id/cernobbio-como-2024/p7/s3>", safe="/")
    assert iri in links["What is said of the resource?"]
