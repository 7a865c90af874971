"""Every kind of page, in a real browser: accessible in light and dark, and no wider than any screen."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Response
from tests.helpers.browser import Visit, find_overflow

pytestmark = pytest.mark.soak

KINDS = {
    "home": "/",
    "document": "/doc/verona-trento-2024",
    "paragraph": "/doc/verona-trento-2024/p23",
    "annex": "/doc/verona-trento-2024/a2",
    "statement": "/doc/verona-trento-2024/p23/s1",
    "catalogue": "/doc/cssii-2020",
    "tracker": "/undertakings",
    "undertaking": "/doc/undertaking/ai-public-sector-toolkit",
    "organisation": "/doc/organisation/oecd",
    "person": "/doc/person/alessio-butti",
    "initiative": "/doc/initiative/dfft",
    "meeting": "/doc/meeting/verona-trento-2024",
    "topic": "/scheme/topic/semiconductors",
    "search": "/search?q=semiconductors",
    "questions": "/queries",
    "question": "/queries/asked-of-organisation?organisation=organisation:oecd",
    "query": "/query",
    "results": "/sparql?query=SELECT+%2A+WHERE+%7B+%3Fs+a+%3Fclass+%7D+LIMIT+20",
    "ontology": "/ontology",
    "scheme": "/scheme/speech-act",
    "shapes": "/shapes",
    "dataset": "/dataset",
    "comparison": "/compare?topic=digital-identity",
    "wide comparison": "/compare/ai-governance",
    "topics": "/compare",
    "glossary": "/glossary",
    "about": "/about",
    "help": "/help",
    "card": "/embed/doc/undertaking/ai-public-sector-toolkit",
    "card-of-a-topic": "/embed/scheme/topic/ai-public-sector",
    "coverage": "/coverage",
    "validation": "/validation",
    "validate": "/validate",
}

WIDTHS = (640, 320)
"""A screen of 1280 CSS pixels at 200 and at 400 per cent: nothing may scroll sideways (WCAG 1.4.4, 1.4.10)."""


PALE = """
() => {
  const light = rgb => rgb.match(/[0-9.]+/g).slice(0, 3).map(Number).map(value => value / 255)
    .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    .reduce((sum, value, place) => sum + value * [0.2126, 0.7152, 0.0722][place], 0.05);
  return [...document.querySelectorAll('[placeholder]')]
    .map(field => [field.placeholder, getComputedStyle(field, '::placeholder'), getComputedStyle(field)])
    .map(([text, ink, paper]) => [text, light(ink.color), light(paper.backgroundColor)])
    .filter(([_, ink, paper]) => Math.max(ink, paper) / Math.min(ink, paper) < 4.5)
    .map(([text]) => `pale: ${text}`);
}
"""
"""The placeholders with less contrast than WCAG 1.4.3 asks for, at which axe does not look."""


@pytest.mark.parametrize("path", KINDS.values(), ids=KINDS)
def test_a_page_is_accessible_and_fits_every_screen(visit: Visit, path: str) -> None:
    visitor = visit()
    page = visitor.open(path)
    found = page.evaluate(PALE)
    page.emulate_media(color_scheme="dark")
    found += [*page.evaluate(PALE), *visitor.violations("color-contrast")]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        found += find_overflow(page)
    visitor.contrast = False
    found += visitor.violations()
    assert not found, "\n".join(found)


def test_a_page_of_an_error_is_as_accessible(visit: Visit) -> None:
    visitor = visit()
    visitor.page.goto("/doc/organisation/nobody")
    assert visitor.violations() == []
    assert find_overflow(visitor.page) == []
    assert "404" in visitor.faults.pop()
    assert visitor.faults == []


def test_the_home_page_with_all_that_it_loads_weighs_less_than_100_kb(visit: Visit) -> None:
    page = visit().page
    responses: list[Response] = []
    page.on("response", lambda response: responses.append(response))  # noqa: PLW0108 - Playwright refuses builtins
    page.goto("/", wait_until="networkidle")
    assert {urlsplit(each.url).path for each in responses} >= {"/", "/static/style.css"}
    assert sum(len(each.body()) for each in responses) < 100_000
