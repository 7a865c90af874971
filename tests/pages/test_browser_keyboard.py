"""Pages by keyboard alone: past the navigation, through everything that can be used, in order, always in sight."""

from typing import Any

import pytest
from playwright.sync_api import Page
from tests.helpers.browser import Visit

pytestmark = pytest.mark.soak

PAGES = {
    "home": "/",
    "statement": "/doc/verona-trento-2024/p23/s1",
    "tracker": "/undertakings",
    "organisation": "/doc/organisation/oecd",
    "search": "/search?q=semiconductors",
    "query": "/query",
    "coverage": "/coverage",
}

pages = pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)

FARTHEST = 60
"""So many stops of a page are walked through."""

STOPS = """
() => {
  window.stops = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')]
    .filter(element => element.tabIndex >= 0 && !element.disabled && element.checkVisibility());
  return window.stops.length;
}
"""

FOCUSED = """
() => {
  const element = document.activeElement;
  const [box] = element.getClientRects();
  const x = (Math.max(box.left, 0) + Math.min(box.right, innerWidth)) / 2;
  const y = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2;
  const top = document.elementFromPoint(x, y);
  let outlined = element; // an editor has its outline around it
  while (outlined && getComputedStyle(outlined).outlineStyle === 'none') outlined = outlined.parentElement;
  return {
    stop: window.stops.indexOf(element),
    html: element.outerHTML.slice(0, 150),
    outlined: outlined !== null && parseFloat(getComputedStyle(outlined).outlineWidth) >= 2,
    uncovered: top !== null && ((outlined ?? element).contains(top) || top.contains(element)),
  };
}
"""


def walk(page: Page) -> list[dict[str, Any]]:
    """Press Tab from the beginning of the page; return the elements that are focused one after another."""
    count: int = page.evaluate(STOPS)
    found: list[dict[str, Any]] = []
    for _ in range(min(count, FARTHEST)):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if not found or focused["stop"] != found[-1]["stop"]:  # a date has a stop for each of its parts
            found.append(focused)
    return found


@pages
def test_everything_is_reached_in_order_and_in_sight(visit: Visit, path: str) -> None:
    page = visit().open(path)
    focused = walk(page)
    assert [each["stop"] for each in focused] == list(range(len(focused))), focused[-1]
    assert [each["html"] for each in focused if not each["outlined"]] == []
    assert [each["html"] for each in focused if not each["uncovered"]] == []


@pages
def test_the_first_stop_skips_the_navigation(visit: Visit, path: str) -> None:
    page = visit().page
    page.goto(path)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    assert skip.evaluate("link => link === document.activeElement")
    box = skip.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["y"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
