"""What people take away, in a real browser: a spreadsheet, a data frame, a citation, a picture; each in few steps."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.helpers.browser import PHONE, Device, Visit, Visitor
from tests.helpers.files import serve_files
from tests.helpers.tables import read_rows

pytestmark = pytest.mark.soak

STATEMENT = "/doc/verona-trento-2024/p23/s1"


class Steps:
    """Counts what a visitor has to do."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.clicks = 0

    def follow(self, link: Locator) -> Page:
        self.clicks += 1
        return self.visitor.follow(link)

    def click(self, place: Locator) -> None:
        self.clicks += 1
        place.click()

    def take(self, link: Locator) -> Path:
        with self.visitor.page.expect_download() as waiting:
            self.click(link)
        return Path(waiting.value.path())


def count_tabs(page: Page, target: Locator, most: int) -> int:
    """Return how often Tab is pressed from the top of the page until ``target`` has the focus; fails after ``most``."""
    page.goto(page.url.partition("#")[0])
    for number in range(1, most + 1):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return number
    raise AssertionError(f"{target} has not the focus after {most} tab stops")


@pytest.mark.parametrize(
    "device",
    [{}, {"device": PHONE, "examining": False}, {"javascript": False, "examining": False}],
    ids=["desktop", "phone", "no-scripts"],
)
def test_all_commitments_are_a_spreadsheet_in_three_clicks(visit: Visit, device: dict[str, Device | bool]) -> None:
    steps = Steps(visit(contrast=False, **device))
    page = steps.visitor.open("/")
    steps.follow(page.get_by_role("navigation", name="Main").get_by_role("link", name="Promises"))
    assert count_tabs(page, page.get_by_role("link", name="CSV", exact=True), 16) <= 16
    steps.follow(page.get_by_role("rowheader").get_by_role("link", name="commitment", exact=True))
    table = steps.take(page.get_by_role("link", name="CSV", exact=True))
    rows = read_rows(table.read_text("utf-8"))
    assert (len(rows), {row["kind"] for row in rows}) == (162, {"commitment"})
    assert all(row["words"] for row in rows)
    assert steps.clicks == 3
    assert steps.take(page.get_by_role("link", name="Excel", exact=True)).read_bytes()[:2] == b"PK"


def test_a_data_frame_is_made_of_a_question_in_four_clicks(visit: Visit, tmp_path: Path) -> None:
    visitor = visit(contrast=False)
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    steps = Steps(visitor)
    page = visitor.open("/")
    steps.follow(page.get_by_role("navigation", name="Main").get_by_role("link", name="Query"))
    steps.click(page.get_by_role("button", name="Run"))
    expect(page.get_by_role("status")).to_contain_text("375 rows")
    steps.click(page.get_by_text("Share the query"))
    steps.click(page.get_by_role("button", name="Copy pandas"))
    expect(page.get_by_role("status")).to_have_text("Copied: pandas.")
    assert steps.clicks == 4
    code = page.evaluate("navigator.clipboard.readText()") + "print(type(table).__name__, table.shape)\n"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.endswith("DataFrame (375, 3)\n")


def test_a_statement_is_cited_in_two_clicks(visit: Visit) -> None:
    visitor = visit()
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    steps = Steps(visitor)
    page = visitor.open(STATEMENT)
    steps.click(page.get_by_role("main").get_by_role("link", name="Cite or share"))
    steps.click(page.get_by_role("button", name="Copy BibTeX"))
    assert steps.clicks == 2
    assert page.evaluate("navigator.clipboard.readText()").startswith("@misc{g7kg-verona-trento-2024-p23-s1,\n")
    assert count_tabs(page, page.get_by_role("link", name="Cite or share"), 30) <= 30
    visitor.check()


def test_a_citation_can_be_read_without_scripts(visit: Visit) -> None:
    page = visit(javascript=False).open(STATEMENT)
    page.get_by_role("main").get_by_role("link", name="Cite or share").click()
    expect(page.get_by_role("region", name="Citation", exact=True)).to_contain_text(
        "2024-03-15, paragraph 23. In: g7kg"
    )
    assert page.get_by_role("button", name="Copy Citation").count() == 0


def test_a_card_stands_in_a_page_of_another_site(visit: Visit, server: str, tmp_path: Path) -> None:
    visitor = visit()
    page = visitor.open("/doc/undertaking/ai-public-sector-toolkit")
    page.get_by_role("link", name="Cite or share").click()
    code = page.get_by_role("region", name="Card for other pages").inner_text()
    assert code.startswith(
        f'<iframe src="{server}/embed/doc/undertaking/ai-public-sector-toolkit" title="Toolkit for AI'
    )
    news = f"<!doctype html><html lang=en><title>Another site</title><main><h1>News</h1>{code}</main>"
    (tmp_path / "index.html").write_text(news, "utf-8")
    (tmp_path / "favicon.ico").touch()
    with serve_files(tmp_path) as address:
        page.goto(address)
        check_card(page)


def check_card(page: Page) -> None:
    card = page.frame_locator("iframe")
    expect(card.get_by_role("heading")).to_have_text("Toolkit for AI in the public sector")
    assert card.locator("html").evaluate("page => page.scrollHeight <= innerHeight && page.scrollWidth <= innerWidth")


def test_a_chart_is_saved_as_a_picture(visit: Visit) -> None:
    steps = Steps(visit())
    page = steps.visitor.open("/query?example=statements-by-speech-act")
    page.get_by_text("Chart", exact=True).click()
    drawing = steps.take(page.get_by_role("button", name="Save as SVG")).read_text("utf-8")
    assert re.match(r'<svg [^>]*xmlns="http://www.w3.org/2000/svg"', drawing)
    assert re.search(r'<rect [^>]*class="bar" fill="rgb\(11, 83, 148\)"', drawing)
    assert steps.take(page.get_by_role("button", name="Save as PNG")).read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    steps.visitor.check()


def test_paper_has_no_menus_and_loses_no_statement(visit: Visit) -> None:
    page = visit().open("/doc/undertaking/ai-public-sector-toolkit")
    page.emulate_media(media="print")
    assert not page.get_by_role("banner").is_visible()
    assert not page.get_by_text("How do we know?").is_visible()
    assert page.get_by_role("heading", level=1).is_visible()
    for status in page.locator(".status").all():
        assert status.evaluate("element => getComputedStyle(element).color") == "rgb(0, 0, 0)"
