"""Takes the README's pictures of what was published last: ``make pictures``."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import urlencode

from playwright.sync_api import Page, ViewportSize
from tests.helpers.browser import DESKTOP, find_chromium, start_browser
from tests.helpers.project import ROOT
from tests.helpers.server import run_server

FOLDER: Final = ROOT / "docs" / "pictures"


TOPICS: Final = """PREFIX g7: <https://w3id.org/g7kg/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

SELECT ?topic (COUNT(*) AS ?statements)
WHERE { ?statement g7:topic/skos:prefLabel ?topic }
GROUP BY ?topic
ORDER BY DESC(?statements)
LIMIT 8
"""


def draw_chart(page: Page) -> None:
    """Run the query of the page and draw its answer."""
    page.get_by_role("button", name="Run").click()
    page.get_by_role("table").wait_for()
    page.get_by_text("Chart", exact=True).click()
    page.get_by_role("img").wait_for()
    page.locator("#ask").evaluate("form => form.scrollIntoView()")


def stay(_page: Page) -> None:
    """Show the page as it opens."""


PICTURES: Final[dict[str, tuple[str, Callable[[Page], None]]]] = {
    "tracker": ("/undertakings", stay),
    "document": ("/doc/verona-trento-2024#p23", stay),
    "query": (f"/query?{urlencode({'query': TOPICS})}", draw_chart),
}
"""Of each picture, the page and what is done on it."""


def take_pictures(folder: Path) -> None:
    """Write a picture a page into ``folder``, each as large as a desktop's screen."""
    folder.mkdir(parents=True, exist_ok=True)
    size = ViewportSize(width=DESKTOP.width, height=DESKTOP.height)
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(TemporaryDirectory()))
        server = stack.enter_context(run_server(scratch / "log"))
        page = stack.enter_context(start_browser(find_chromium(os.environ))).new_page(viewport=size)
        for name, (path, prepare) in PICTURES.items():
            page.goto(server.base + path)
            prepare(page)
            page.screenshot(path=folder / f"{name}.png", animations="disabled", caret="hide")


if __name__ == "__main__":
    take_pictures(FOLDER)
