"""The ways people take through the pages, on a desk and in a hand, with scripts and without; each step is checked.

Contrast is the same on all ways: ``test_browser_pages`` looks at it, in light and dark.
"""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Download, Locator, Page
from pyoxigraph import RdfFormat, Triple, parse
from tests.helpers.browser import PHONE, Device, Visit, Visitor
from tests.helpers.tables import read_rows

OECD = "/doc/organisation/oecd"

Way = dict[str, Device | bool]

WAYS: dict[str, Way] = {
    "desktop": {},
    "phone": {"device": PHONE, "examining": False},
    "no-scripts": {"javascript": False, "examining": False},
}
"""Pages are examined on one way through them: every kind on a narrow screen too, and tasks without scripts."""

ways = pytest.mark.parametrize(
    "way",
    [pytest.param(way, id=name, marks=() if name == "desktop" else pytest.mark.soak) for name, way in WAYS.items()],
)


def link(page: Page, name: str) -> Locator:
    return page.get_by_role("main").get_by_role("link", name=name).first


def link_to(page: Page, address: str) -> Locator:
    return page.get_by_role("main").locator(f"a[href='{address}']").first


def download(page: Page, link: Locator) -> Download:
    with page.expect_download() as waiting:
        link.click()
    return waiting.value


def rows_of(saved: Download) -> list[dict[str, str]]:
    return read_rows(Path(saved.path()).read_text("utf-8"))


def triples_of(text: str | bytes, form: RdfFormat) -> set[Triple]:
    return {quad.triple for quad in parse(text, form)}


def test_a_chosen_language_stays_from_page_to_page(visit: Visit) -> None:
    page = visit(javascript=False).page
    page.goto("/doc/undertaking/ai-hub")
    page.get_by_role("contentinfo").get_by_role("link", name="italiano").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Istituire l’Hub sull’IA per lo sviluppo sostenibile"
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Promises").click()
    assert urlsplit(page.url).query == ""
    assert page.locator("footer a[aria-current]").inner_text() == "italiano"


@ways
def test_a_newcomer_gets_from_a_question_to_the_very_words(visit: Visit, way: Way) -> None:
    visitor = visit(contrast=False, **way)
    page = visitor.open("/")
    question = "What do the two ministers' declarations say is due by the end of the year, where, and who does it?"
    visitor.follow(link(page, question))
    first = page.get_by_role("table").get_by_role("row").nth(1)
    assert "Report on AI adoption and development among companies" in first.inner_text()
    visitor.follow(first.get_by_role("link", name="Verona and Trento, March 2024, paragraph 23"))
    visitor.follow(link(page, "Ministerial Declaration, G7 Industry, Technology and Digital Ministerial Meeting"))
    assert page.url.endswith("/doc/verona-trento-2024")
    folded = page.locator("#p23 summary")
    if folded.is_visible():
        folded.click()
    gist = "The ministers endorse the Presidency’s proposal to develop, by the end of the year, a report that"
    visitor.follow(link(page, gist))
    assert page.url.endswith("/doc/verona-trento-2024/p23/s1")
    words = page.get_by_role("main").locator("a[href*=':~:text=']").first
    assert ":~:text=Therefore, we endorse the proposal," in unquote(words.get_attribute("href") or "")


@pytest.mark.soak
@ways
def test_a_data_scientist_runs_an_example_and_takes_its_rows_along(visit: Visit, way: Way) -> None:
    visitor = visit(contrast=False, **way)
    page = visitor.open("/query")
    page.get_by_label("Example").select_option("coverage-of-documents")
    visitor.follow(page.get_by_role("button", name="Show"))
    page.get_by_role("button", name="Run").click()
    table = page.get_by_role("table")
    table.wait_for()
    visitor.check()
    shown = [row.get_by_role("cell").all_inner_texts()[-1] for row in table.get_by_role("row").all()[1:]]
    taken = rows_of(download(page, link(page, "CSV")))
    assert shown == ["187", "46", "43", "13", "150", "113", "27", "281"]
    assert [row["statements"] for row in taken] == shown


@ways
def test_the_rows_of_the_tracker_that_are_shown_are_the_rows_of_its_csv(visit: Visit, way: Way) -> None:
    visitor = visit(contrast=False, **way)
    page = visitor.open("/undertakings")
    summary = page.get_by_text("Filter and sort")
    if summary.is_visible():
        summary.click()
    page.get_by_label("Status").select_option("delivered")
    page.get_by_label("Sorted by").select_option("-label")
    visitor.follow(page.get_by_role("button", name="Show"))
    shown = page.get_by_role("main").get_by_role("table").last.get_by_role("rowheader").get_by_role("link")
    names = ["Work plan for further advancing Hiroshima AI Process", "Toolkit for AI in the public sector"]
    names += ["Pilot of the Hiroshima reporting framework", "Mapping Exercise of Digital Identity Approaches"]
    names += ["Launch the Coordination Platform on Economic Coercion", "Establish the Hiroshima AI Process"]
    names += ["Develop the Hiroshima AI Process Comprehensive Policy Framework"]
    names += ["Compendium of Digital Government Services"]
    assert shown.all_inner_texts() == names
    assert [row["label"] for row in rows_of(download(page, link(page, "CSV")))] == names
    visitor.follow(shown.first)
    assert page.get_by_role("heading", level=1).inner_text() == names[0]


@ways
def test_a_linked_data_consumer_gets_the_triples_behind_a_page(visit: Visit, client: httpx.Client, way: Way) -> None:
    visitor = visit(contrast=False, **way)
    page = visitor.open(OECD)
    given = triples_of(
        client.get("/id/organisation/oecd", headers={"Accept": "text/turtle"}, follow_redirects=True).content,
        RdfFormat.TURTLE,
    )
    alternates = page.locator("head link[rel=alternate]")
    assert {"text/turtle", "application/ld+json"} <= {each.get_attribute("type") for each in alternates.all()}
    for form in (RdfFormat.JSON_LD, RdfFormat.N_TRIPLES, RdfFormat.RDF_XML):
        address = page.locator(f"head link[rel=alternate][type='{form.media_type}']").get_attribute("href")
        assert address is not None
        assert triples_of(client.get(address).content, form) == given
    link_to(page, f"{OECD}.ttl").click()
    shown = page.locator("pre").text_content()
    assert shown is not None
    assert triples_of(shown, RdfFormat.TURTLE) == given


@pytest.mark.soak
@ways
def test_a_curator_sees_what_is_covered_and_what_is_valid(visit: Visit, way: Way) -> None:
    visitor = visit(contrast=False, **way)
    page = visitor.open("/coverage")
    visitor.follow(link_to(page, "/doc/cernobbio-como-2024"))
    assert page.url.endswith("/doc/cernobbio-como-2024")
    visitor.follow(page.get_by_role("contentinfo").get_by_role("link", name="Validation"))
    assert "Conforms. No finding on" in page.get_by_role("main").inner_text()


@pytest.mark.soak
def test_a_long_document_with_its_words_is_short_and_a_link_opens_what_is_folded(
    chromium: Browser, worded: httpx.Client
) -> None:
    visitor = Visitor(chromium, str(worded.base_url), javascript=False)
    page = visitor.open("/doc/verona-trento-2024")
    assert page.locator("html").bounding_box()["height"] < 20_000  # type: ignore[index]
    said = page.locator("[id='p25/s8']")
    assert not said.is_visible()
    page.locator("a[href='#p25/s8']").first.click()
    assert said.is_visible()
    page.get_by_label("Promises only").check()
    assert said.is_visible()
    assert not page.locator("#p26").is_visible()
    visitor.context.close()
