"""What readers come for, done in a browser from the home page by keyboard and by touch, within so many steps."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.helpers.browser import DESKTOP, PHONE, Device, Visit, Visitor

pytestmark = pytest.mark.soak

MOST_STOPS: Final = 15


@dataclass
class Reader:
    """Somebody at the pages: ``keyboard`` or not; the clicks made, and the tab stops passed."""

    visitor: Visitor
    keyboard: bool
    clicks: int = 0
    stops: int = 0

    @property
    def page(self) -> Page:
        return self.visitor.page

    def search(self, text: str) -> None:
        box = self.page.get_by_role("searchbox").first
        self._skip(-1)
        self._reach(box)
        box.fill(text)
        self.clicks += 1
        before = self.page.url
        box.press("Enter")
        self.page.wait_for_url(lambda url: url != before)
        self.visitor.check()

    def follow(self, link: Locator, skip: int | None = -1) -> None:
        """Follow ``link``; by keyboard after the one of the links that skip something, unless ``skip`` is none."""
        expect(link).to_be_visible()
        self.clicks += 1
        if not self.keyboard:
            self.visitor.follow(link)
            return
        self._skip(skip)
        self._reach(link)
        before = self.page.url
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: url != before)
        self.visitor.check()

    def _skip(self, number: int | None) -> None:
        if self.keyboard and number is not None:
            self._reach(self.page.locator("a.skip").nth(number))
            self.page.keyboard.press("Enter")

    def _reach(self, wanted: Locator) -> None:
        while self.keyboard and not wanted.evaluate("element => element === document.activeElement"):
            self.page.keyboard.press("Tab")
            self.stops += 1
            assert self.stops <= MOST_STOPS, f"{wanted} is not reached"


WAYS: Final[dict[str, tuple[bool, Device, bool]]] = {
    "keyboard": (True, DESKTOP, True),
    "phone-no-scripts": (False, PHONE, False),
}


@pytest.fixture(params=list(WAYS.values()), ids=list(WAYS))
def reader(request: pytest.FixtureRequest, visit: Visit) -> Iterator[Reader]:
    keyboard, device, javascript = request.param
    one = Reader(visit(device, javascript=javascript, contrast=False, examining=not keyboard), keyboard)
    one.visitor.open("/")
    yield one
    assert one.clicks <= 3


def in_main(page: Page, name: str) -> Locator:
    return page.get_by_role("main").get_by_role("link", name=name, exact=True).first


def test_what_became_of_a_promise(reader: Reader) -> None:
    reader.search("semiconductors")
    reader.follow(in_main(reader.page, "Exchange information on semiconductor industry issues"))
    assert reader.page.locator(".badges .status").inner_text() == "later documents silent"
    assert "It does not follow that it was not done." in reader.page.locator(".note").inner_text()


def test_what_an_organisation_was_asked_and_what_became_of_that(reader: Reader) -> None:
    reader.search("OECD")
    reader.follow(in_main(reader.page, "Organisation for Economic Co-operation and Development"))
    asked = reader.page.locator("h3:text-is('Asked of it') + ul > li")
    shown = [" ".join(item.inner_text().split()) for item in asked.all()]
    assert shown == [
        "Compendium of Digital Government Services commitment delivered",
        "Consider analysis on the impact of policy developments request later documents silent",
        "Disseminate the mapping exercise outside the G7 request no later document",
        "Mapping Exercise of Digital Identity Approaches commitment delivered",
        "Report on follow-up of the mapping exercise request no later document",
    ]


def test_the_exact_words(reader: Reader) -> None:
    reader.search("toolkit public sector")
    reader.follow(in_main(reader.page, "Toolkit for AI in the public sector"))
    said = reader.page.locator("blockquote.quoted").first
    assert said.inner_text().startswith("“we look forward to the development of")
    assert ":~:text=" in (said.get_by_role("link").get_attribute("href") or "")


def test_two_documents_compared(reader: Reader) -> None:
    reader.follow(reader.page.get_by_role("navigation").get_by_role("link", name="Compare"), skip=None)
    if reader.keyboard:
        return  # topics are many: who has no mouse searches for one, and compares from its page
    reader.follow(in_main(reader.page, "digital identity"))
    heads = reader.page.locator("table.compared .where, table.compared thead th").all_inner_texts()
    assert {"Verona and Trento, March 2024", "Cernobbio-Como, October 2024"} <= set(heads)
    changes = reader.page.locator("table.compared .change").all_inner_texts()
    assert sorted(changes) == ["as strong", "delivered", "delivered", "new", "new", "not said again"]
    with reader.page.expect_download() as waiting:
        in_main(reader.page, "CSV, with the words").click()
    assert waiting.value.suggested_filename.endswith(".csv")


def test_the_topic_of_a_search_is_compared(reader: Reader) -> None:
    reader.search("digital identity")
    reader.follow(in_main(reader.page, "digital identity"))
    reader.follow(in_main(reader.page, "Compare documents on this topic"), skip=0)
    assert reader.page.get_by_role("heading", level=1).inner_text() == "Digital identity, document by document"


def test_what_was_never_followed_up(reader: Reader) -> None:
    reader.follow(in_main(reader.page, "158 later documents silent"), skip=0)
    assert reader.page.get_by_role("heading", level=2).first.inner_text() == "158 of 211 promises"


def test_what_a_term_means(reader: Reader) -> None:
    reader.follow(in_main(reader.page, "no later document"), skip=0)
    meant = reader.page.locator("#no-later-document")
    assert meant.is_visible()
    assert "The graph has no later document that could report on it." in meant.inner_text()
