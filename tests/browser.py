"""What the tests in a real browser share: finding one, its visitors, and what is held against every page they see."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route, sync_playwright

COMMANDS: Final = ("chromium", "chromium-browser", "google-chrome")

ELSEWHERE: Final = re.compile(r"^(?!data:|blob:|about:|http://127\.0\.0\.1[:/])")
"""Addresses that no page may ask anything of."""

WIDTHS: Final = (320, 390, 640, 1280)
"""Widths in CSS pixels: a screen of 1280 at 400 and at 200 per cent, a phone, the screen itself (WCAG 1.4.10)."""

RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
"""What axe holds pages to: WCAG 2.2 A and AA, and what its makers call best practice."""


@dataclass(frozen=True)
class Device:
    """What a visitor holds: a screen of so many CSS pixels, and whether it is touched."""

    name: str
    width: int
    height: int
    touch: bool = False


DESKTOP: Final = Device("desktop", 1280, 800)
PHONE: Final = Device("phone", 390, 844, touch=True)


def find_chromium(environment: Mapping[str, str]) -> str:
    """Return the path of the browser, which ``CHROMIUM`` names or the path holds.

    Without one the tests are skipped; not so in continuous integration, where they must run.
    """
    path = environment.get("PATH")
    named = environment.get("CHROMIUM")
    for command in [named] if named else COMMANDS:
        if found := shutil.which(command, path=path):
            return found
    message = f"no browser: install Debian's chromium, or name one in CHROMIUM (looked for {named or ', '.join(COMMANDS)})"
    if named or environment.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@contextmanager
def start_browser(command: str) -> Iterator[Browser]:
    """Start the browser without a sandbox, which root may not have; the pages are our own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=command, args=["--no-sandbox"])
        yield browser
        browser.close()


class Visitor:
    """Somebody with a fresh browser at one server; keeps in ``faults`` what went wrong on the pages seen."""

    def __init__(
        self,
        browser: Browser,
        base: str,
        device: Device = DESKTOP,
        *,
        javascript: bool = True,
        scheme: Literal["light", "dark"] = "light",
    ) -> None:
        self.faults: list[str] = []
        self.context = _open_context(browser, base, device, javascript=javascript, scheme=scheme)
        self.context.route(ELSEWHERE, self._refuse)
        self.context.on("console", self._note)
        self.context.on("weberror", lambda event: self.faults.append(f"script: {event.error}"))
        self.page: Page = self.context.new_page()

    def _refuse(self, route: Route) -> None:
        self.faults.append(f"{self.page.url} asks elsewhere: {route.request.url}")
        route.abort()

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(f"{self.page.url} console: {message.text}")

    def open(self, path: str) -> Page:
        """Go to ``path`` and hold the page to what every page is held to."""
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == 200, f"{answer.status} {path}"
        self.check()
        return self.page

    def follow(self, name: str | re.Pattern[str]) -> Page:
        """Follow the first link in the page's main part with this accessible name; check where it leads."""
        self.page.get_by_role("main").get_by_role("link", name=name).first.click()
        self.check()
        return self.page

    def check(self) -> None:
        """Assert that nothing went wrong so far, and that the page at hand is accessible and fits the screen."""
        assert self.faults == []
        assert violations(self.page) == []
        assert overflow(self.page) == []


def _open_context(
    browser: Browser, base: str, device: Device, *, javascript: bool, scheme: Literal["light", "dark"]
) -> BrowserContext:
    context = browser.new_context(
        base_url=base,
        viewport={"width": device.width, "height": device.height},
        has_touch=device.touch,
        is_mobile=device.touch,
        java_script_enabled=javascript,
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    context.set_default_timeout(10_000)
    return context


def violations(page: Page) -> list[str]:
    """Return what axe holds against the page: rule, what it asks for, and the first few elements."""
    options = {"runOnly": list(RULES), "rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}
    found: list[dict[str, Any]] = Axe().run(page, options=options).response["violations"]
    return [
        f"{urlsplit(page.url).path}: {rule['id']} ({rule['help']}): "
        + "; ".join(f"{node['html'][:120]} {node['failureSummary']}" for node in rule["nodes"][:3])
        for rule in found
    ]


OVERFLOW: Final = """
() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  return [...document.querySelectorAll('body *')]
    .filter(element => element.getBoundingClientRect().right > room + 0.5)
    .map(element => `${element.tagName.toLowerCase()}.${element.className}: ${element.textContent.trim().slice(0, 40)}`)
    .slice(0, 5);
}
"""


def overflow(page: Page) -> list[str]:
    """Return elements that make the page scroll sideways."""
    found: list[str] = page.evaluate(OVERFLOW)
    return found
