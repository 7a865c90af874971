"""The page for queries in a real browser: writing, completing, running, drawing, sharing, without the editor too.

The short tier has one way through it; the rest is soak.
"""

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.helpers.browser import PHONE, Visit, Visitor
from tests.helpers.project import ROOT

COUNTED = "/query?example=statements-by-speech-act"
EXPECTED = ROOT / "tests" / "cases" / "queries" / "statements-by-speech-act.csv"
ROWS = f"{len(EXPECTED.read_text('utf-8').splitlines()) - 1} rows"
HOSTILE = """SELECT ?x ?y ?z
WHERE { VALUES (?x ?y ?z) { (<javascript:alert(1)> "<img src=x onerror=alert(1)>" <https://w3id.org/g7kg/id/a>) } }"""


pytestmark = pytest.mark.usefixtures("editor")


def find_editor(page: Page) -> Locator:
    return page.get_by_role("textbox", name="SPARQL")


def write(page: Page, query: str) -> None:
    """Put ``query`` into the editor in place of what it holds."""
    find_editor(page).focus()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(query)


def run(page: Page) -> None:
    page.get_by_role("button", name="Run").click()


def find_names(page: Page) -> list[str]:
    """Return the names that the list of completions offers."""
    names = page.locator(".CodeMirror-hints").get_by_role("option")
    names.first.wait_for()
    return [text.split()[0] for text in names.all_inner_texts()]


def test_a_query_is_written_with_the_graphs_own_names_and_run(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/query?query=")
    find_editor(page).focus()
    page.keyboard.type("SELECT ?promise WHERE {\n?promise a g7:Reque")
    assert find_names(page) == ["g7:Request"]
    page.keyboard.press("Enter")
    page.keyboard.type(" ; g7:status status:deliv")
    assert find_names(page) == ["status:delivered"]
    page.keyboard.press("Enter")
    page.keyboard.type(" }")
    text = page.locator("#query").input_value()
    assert "PREFIX g7: <https://w3id.org/g7kg/ontology#>\n" in text
    assert "PREFIX status: <https://w3id.org/g7kg/scheme/follow-up-status/>\n" in text
    assert "?promise a g7:Request ; g7:status status:delivered }" in text
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status")).to_have_text(re.compile(r"^3 rows, \d+ ms$"))
    links = page.get_by_role("table").get_by_role("link")
    found = sorted(link.get_attribute("href") or "" for link in links.all())
    names = ["hiroshima-ai-process", "hiroshima-framework", "hiroshima-workplan"]
    assert found == sorted(f"/doc/undertaking/{name}" for name in names)
    visitor.check()


@pytest.mark.soak
def test_names_are_completed_where_they_can_stand(visit: Visit) -> None:
    page = visit().open("/query?query=")
    find_editor(page).focus()
    page.keyboard.type("SELECT ?thing WHERE { ?thing a ")
    page.keyboard.press("Control+ ")
    assert find_names(page)[0] == "g7:Statement"
    page.keyboard.press("Escape")
    page.keyboard.type("?class ; debt")
    page.keyboard.press("Control+ ")
    assert find_names(page) == ["g7:debtor"]
    page.keyboard.press("Escape")
    page.keyboard.type("or ?thi")
    assert find_names(page) == ["?thing"]


@pytest.mark.soak
def test_tab_leaves_the_editor_both_ways(visit: Visit) -> None:
    page = visit().open("/query")
    find_editor(page).focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Run")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(find_editor(page)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Show")).to_be_focused()


def test_a_link_to_a_query_runs_it_and_the_page_by_itself_runs_nothing(visit: Visit) -> None:
    page = visit().open(COUNTED)
    expect(page.get_by_role("status")).to_contain_text(ROWS)
    page.goto("/query")
    page.wait_for_load_state("networkidle")
    expect(page.locator("#results")).to_be_hidden()


@pytest.mark.soak
def test_resources_are_called_by_their_names_and_point_to_their_iris(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/query?example=asked-of-organisation")
    first = page.get_by_role("table").get_by_role("row").nth(1).get_by_role("link")
    expect(first).to_have_text(
        [
            "Organisation for Economic Co-operation and Development",
            "Hiroshima, May 2023, paragraph 38",
            "Consider analysis on the impact of policy developments",
        ]
    )
    assert first.first.get_attribute("title") == "https://w3id.org/g7kg/id/organisation/oecd"
    visitor.check()


@pytest.mark.soak
def test_a_thing_is_completed_by_its_label(visit: Visit) -> None:
    page = visit().open("/query?query=")
    find_editor(page).focus()
    page.keyboard.type("SELECT ?u WHERE { ?u g7:debtor OECD")
    page.keyboard.press("Control+ ")
    assert find_names(page)[0] == "Organisation"
    page.keyboard.press("Enter")
    expect(page.locator("#query")).to_have_value(re.compile(r"g7:debtor <https://w3id\.org/g7kg/id/organisation/oecd>"))


def test_what_data_hold_becomes_neither_markup_nor_a_dangerous_link(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/query")
    write(page, HOSTILE)
    run(page)
    cells = page.get_by_role("table").get_by_role("cell")
    expect(cells).to_have_text(["javascript:alert(1)", "<img src=x onerror=alert(1)>", "id:a"])
    assert [link.get_attribute("href") for link in cells.get_by_role("link").all()] == ["/doc/a"]
    visitor.check()


def test_an_error_is_told_in_words_and_leads_to_its_line(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/query")
    write(page, "SELECT *\nWHERE {\n?a ?b }")
    expect(page.locator("#query-note")).to_have_text("Line 3 is not SPARQL yet.")
    run(page)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("the query is not valid")
    visitor.faults.clear()  # the browser itself reports the status 400
    visitor.check()
    alert.get_by_role("button", name="Go to line 3").click()
    expect(find_editor(page)).to_be_focused()


@pytest.mark.soak
@pytest.mark.parametrize(
    ("query", "status", "shown"),
    [
        ("ASK { ?s a <a:b> }", "No", "No"),
        ("CONSTRUCT { <a:b> <a:c> 1 } WHERE {}", "A graph in Turtle", "<a:b> <a:c> 1 ."),
        ("SELECT * { ?s ?p ?o }", " rows, ", "The first 500 of "),
        (
            "ASK { ?s <https://w3id.org/g7kg/ontology#debitor> 1 }",
            "No",
            "Warning: there is no term g7:debitor: did you mean",
        ),
        ("SELECT * { ?a ?b ?c . ?d ?e ?f }", "Too large to show", "Download it, or add a LIMIT."),
    ],
    ids=["ask", "construct", "many", "misspelt", "too-many"],
)
def test_every_kind_of_answer_is_shown(visit: Visit, query: str, status: str, shown: str) -> None:
    visitor = visit()
    page = visitor.open("/query")
    write(page, query)
    run(page)
    expect(page.get_by_role("status")).to_contain_text(status)
    expect(page.locator("#results")).to_contain_text(shown)
    visitor.check()


@pytest.mark.soak
def test_numbers_are_drawn_with_a_text_alternative(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open(COUNTED)  # runs it
    page.get_by_text("Chart", exact=True).click()
    picture = page.get_by_role("img")
    expect(picture).to_have_accessible_name(re.compile(rf"^Bars: statements by act, {ROWS}\. Largest: .+ \(\d+\)\."))
    page.get_by_label("Labels").select_option("strength")
    page.get_by_label("Kind").select_option("line")
    expect(picture).to_have_accessible_name(re.compile(f"^Line: statements by strength, {ROWS}"))
    visitor.check()
    page.emulate_media(color_scheme="dark")
    assert visitor.violations("color-contrast") == []


@pytest.mark.soak
def test_who_prefers_it_has_a_plain_field_from_then_on(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/query")
    page.get_by_role("button", name="Plain field").click()
    expect(page.get_by_role("button", name="Plain field ✓", pressed=True)).to_be_visible()
    field = page.locator("#query")
    field.fill("ASK { ?plain ?and ?simple }")
    field.press("Control+Enter")
    expect(page.get_by_role("status")).to_contain_text("Yes")
    visitor.check()
    page.reload()
    expect(field).to_be_visible()
    page.get_by_role("button", name="Plain field").click()
    expect(page.locator(".CodeMirror-code")).to_contain_text("?plain ?and ?simple")
    expect(field).to_be_hidden()


@pytest.mark.soak
def test_there_is_no_chart_without_numbers(visit: Visit) -> None:
    page = visit().open("/query")
    run(page)
    page.get_by_role("table").wait_for()
    assert page.get_by_text("Chart", exact=True).count() == 0


@pytest.mark.soak
def test_a_link_brings_the_query_to_somebody_else(visit: Visit) -> None:
    page = visit().open("/query")
    page.get_by_text("Share the query").click()
    write(page, "ASK { ?anything ?goes ?here }")
    link = page.locator("#link")
    expect(page.locator("#snippets")).to_contain_text("?anything ?goes ?here")
    address = link.get_attribute("href")
    assert address is not None
    other = visit(javascript=False).open(address)
    assert other.locator("#query").input_value() == "ASK { ?anything ?goes ?here }"


@pytest.mark.soak
def test_code_is_copied(visit: Visit) -> None:
    visitor = visit()
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visitor.open("/query")
    page.get_by_text("Share the query").click()
    page.get_by_role("button", name="Copy pandas").click()
    expect(page.get_by_role("status")).to_have_text("Copied: pandas.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "import pandas" in copied
    assert "g7:Undertaking" in copied
    visitor.check()


@pytest.mark.soak
def test_reloading_finds_the_query_that_was_run(visit: Visit) -> None:
    page = visit().open("/query")
    write(page, "ASK { ?found ?again ?here }")
    run(page)
    expect(page.get_by_role("status")).to_contain_text("Yes")
    page.reload()
    assert page.locator("#query").input_value() == "ASK { ?found ?again ?here }"


@pytest.mark.soak
def test_a_long_query_can_be_stopped(visit: Visit) -> None:
    page = visit().open("/query")
    write(page, "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . FILTER(CONTAINS(STR(?c), STR(?f))) }")
    run(page)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("status")).to_have_text("Stopped.")
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()


@pytest.mark.soak
def test_the_old_answer_is_dimmed_while_another_is_awaited_and_an_old_error_goes_with_a_stop(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/query")
    write(page, "SELECT")
    run(page)
    page.get_by_role("alert").wait_for()
    visitor.faults.clear()  # the browser itself reports the status 400
    write(page, "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . FILTER(CONTAINS(STR(?c), STR(?f))) }")
    run(page)
    assert float(page.locator("#results").evaluate("element => getComputedStyle(element).opacity")) < 0.5
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("alert")).to_have_count(0)


def visit_without(visitor: Visitor, pattern: str) -> Page:
    """Open the page for a visitor whose browser cannot load what ``pattern`` names."""
    visitor.context.route(re.compile(pattern), lambda route: route.abort())
    page = visitor.page
    page.goto(COUNTED)
    visitor.faults.clear()  # the browser reports what it could not load
    return page


@pytest.mark.parametrize("pattern", [r"yasqe\.min\.js", pytest.param("vocabulary", marks=pytest.mark.soak)])
def test_the_page_works_without_the_editor_and_without_completion(visit: Visit, pattern: str) -> None:
    visitor = visit()
    page = visit_without(visitor, pattern)
    run(page)
    expect(page.get_by_role("status")).to_contain_text(ROWS)
    visitor.faults.clear()
    visitor.check()


@pytest.mark.soak
def test_on_a_phone_results_and_code_fit_the_screen(visit: Visit) -> None:
    visitor = visit(PHONE)
    page = visitor.open("/query?example=undertakings")  # runs it
    page.get_by_role("table").wait_for()
    page.get_by_text("Share the query").click()
    visitor.check()


def test_without_scripts_the_form_asks_and_the_results_lead_back(visit: Visit) -> None:
    visitor = visit(javascript=False, contrast=False)
    page = visitor.open("/query")
    page.get_by_label("Example").select_option("undertakings")
    visitor.follow(page.get_by_role("button", name="Show"))
    visitor.follow(page.get_by_role("button", name="Run"))
    assert page.get_by_role("heading", level=1).inner_text() == "Results"
    assert page.get_by_role("row").count() == 226
    visitor.follow(page.get_by_role("link", name="Edit this query"))
    assert "What has been undertaken" in page.locator("#query").input_value()
