"""What the tests in a real browser share: finding one, its visitors, and what is held against every page they see."""

import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Route, expect, sync_playwright

COMMANDS: Final = ("chromium", "chromium-browser", "google-chrome")

ELSEWHERE: Final = re.compile(r"^(?!data:|blob:|about:|http://127\.0\.0\.1[:/])")
"""Addresses that no page may ask anything of."""

TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
"""What axe holds pages to: WCAG 2.2 A and AA, and what its makers call best practice."""


_PATIENCE: Final = 60_000
"""Milliseconds that a busy machine has to show what is waited for."""


@dataclass(frozen=True)
class Device:
    """What a visitor holds: a screen of so many CSS pixels, and whether it is touched."""

    width: int
    height: int
    touch: bool = False


DESKTOP: Final = Device(1280, 800)
PHONE: Final = Device(390, 844, touch=True)


def find_chromium(environment: Mapping[str, str]) -> str:
    """Return the path of the browser, which ``CHROMIUM`` names or the path holds.

    Without one the tests are skipped; not so in continuous integration, where they must run.
    """
    named = environment.get("CHROMIUM")
    for command in [named] if named else COMMANDS:
        if found := shutil.which(command, path=environment.get("PATH")):
            return found
    looked_for = named or ", ".join(COMMANDS)
    message = f"no browser ({looked_for}): install Debian's chromium, or name one in CHROMIUM"
    if named or environment.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@contextmanager
def start_browser(command: str) -> Iterator[Browser]:
    """Start the browser without a sandbox, which root may not have; the pages are our own."""
    expect.set_options(timeout=_PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=command, args=["--no-sandbox"])
        yield browser
        browser.close()


class Visitor:
    """Somebody with a fresh browser at one server; keeps in ``faults`` what went wrong on the pages seen."""

    def __init__(  # noqa: PLR0913 - what sets visitors apart
        self,
        browser: Browser,
        base: str,
        device: Device = DESKTOP,
        *,
        javascript: bool = True,
        contrast: bool = True,
        examining: bool = True,
    ) -> None:
        self.faults: list[str] = []
        self.passed: set[int] = set()
        self.device = device
        self.javascript = javascript
        self.contrast = contrast  # the slowest rule of all, and the same on most ways through a page
        self.examining = examining  # by axe; that a page fits the screen is always seen to
        self.context = browser.new_context(
            base_url=base,
            viewport={"width": device.width, "height": device.height},
            has_touch=device.touch,
            is_mobile=device.touch,
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(_PATIENCE)
        self.context.route(ELSEWHERE, self._refuse)
        self.context.on("console", self._note)
        self.context.on("weberror", lambda event: self.faults.append(f"script: {event.error}"))
        self.page: Page = self.context.new_page()
        self._tools = self.context.new_cdp_session(self.page)
        self._run_scripts(on=javascript)

    def open(self, path: str) -> Page:
        """Go to ``path`` and hold the page to what every page is held to."""
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == 200, f"{answer.status} {path}"
        self.check()
        return self.page

    def follow(self, link: Locator) -> Page:
        """Follow a link, or press a button, that leads to another page; hold that page to the same."""
        before = self.page.url
        link.click()
        self.page.wait_for_url(lambda url: url != before)
        self.check()
        return self.page

    def check(self) -> None:
        """Assert that nothing went wrong so far, and that the page at hand fits the screen and is accessible.

        What was found to be both is not examined again while it is the same to the byte.
        """
        state = hash((self.page.content(), self.device, self.javascript, self.contrast, self.examining))
        found = self.faults.copy()
        if state not in self.passed:
            found += [*find_overflow(self.page), *(self.violations() if self.examining else ())]
        assert not found, "\n".join([self.page.url, *found])
        self.passed.add(state)

    def violations(self, *rules: str) -> list[str]:
        """Return what axe holds against the page by all rules, or those named, as rule and first elements."""
        self._run_scripts(on=True)
        chosen = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
        left_out = {} if self.contrast else {"color-contrast": {"enabled": False}}
        options = {"runOnly": chosen, "rules": left_out, "resultTypes": ["violations"]}
        found: list[dict[str, Any]] = Axe().run(self.page, options=options).response["violations"]
        self._run_scripts(on=self.javascript)
        return [f"{rule['id']} on {urlsplit(self.page.url).path}: {_describe(rule['nodes'])}" for rule in found]

    def _run_scripts(self, *, on: bool) -> None:
        # Not by the context's own setting: axe is a script too, and could not run.
        self._tools.send("Emulation.setScriptExecutionDisabled", {"value": not on})

    def _refuse(self, route: Route) -> None:
        self.faults.append(f"{self.page.url} asks elsewhere: {route.request.url}")
        route.abort()

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(f"{self.page.url} console: {message.text}")


def _describe(nodes: Sequence[Mapping[str, str]]) -> str:
    return " / ".join(f"{node['html'][:150]} {' '.join(node['failureSummary'].split())}" for node in nodes[:4])


OVERFLOW: Final = """
() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  return [`${document.documentElement.scrollWidth} > ${room}`, ...[...document.querySelectorAll('body *')]
    .filter(element => element.getBoundingClientRect().right > room + 0.5)
    .map(element => `${element.tagName} ${element.className}: ${element.textContent.trim().slice(0, 40)}`)
    .slice(0, 5)];
}
"""


def find_overflow(page: Page) -> list[str]:
    """Return nothing, or by how much the page scrolls sideways and the first elements that stick out."""
    found: list[str] = page.evaluate(OVERFLOW)
    return found


Visit = Callable[..., Visitor]
