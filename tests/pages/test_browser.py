"""The instruments of the browser tests: they find a browser or say what is missing, and see each kind of defect."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.helpers.browser import PHONE, Visit, Visitor, find_chromium, find_overflow

GOOD = """<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Page</title>
<main><h1>Page</h1>{}</main></html>"""

SMALL = 'style="display: inline-block; width: 12px"'

DEFECTS = {
    "color-contrast": '<p style="color: #999; background: #fff">pale</p>',
    "target-size": f'<p><a href="/a" {SMALL}>a</a><a href="/b" {SMALL}>b</a>',
    "label": '<input type="text">',
    "region": "</main><p>outside of every landmark</p><main hidden>",
}


def test_without_a_browser_the_tests_are_skipped_with_a_reason(tmp_path: Path) -> None:
    with pytest.raises(pytest.skip.Exception, match="install Debian's chromium, or name one in CHROMIUM"):
        find_chromium({"PATH": str(tmp_path)})


@pytest.mark.parametrize("environment", [{"CI": "true"}, {"CHROMIUM": "/nowhere"}], ids=["ci", "named"])
def test_where_they_must_run_they_fail_instead(environment: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match="install Debian's chromium"):
        find_chromium({"PATH": str(tmp_path), **environment})


@pytest.mark.soak
def test_axe_sees_the_defect_and_nothing_else(visit: Visit) -> None:
    visitor = visit(javascript=False)
    visitor.page.set_content(GOOD.format("<p>fine</p>"))
    assert visitor.violations() == []
    for rule, defect in DEFECTS.items():
        visitor.page.set_content(GOOD.format(defect))
        assert [found.split()[0] for found in visitor.violations()] == [rule]


@pytest.mark.soak
def test_what_sticks_out_of_the_screen_is_named(visit: Visit) -> None:
    page = visit(PHONE).page
    page.set_content(GOOD.format('<p class="wide" style="width: 500px">too wide</p>'))
    assert find_overflow(page)[1:] == ["P wide: too wide"]


@pytest.mark.soak
def test_scripts_do_not_run_where_they_are_off(visit: Visit) -> None:
    page = visit(javascript=False).page
    page.goto("data:text/html,<noscript>plain</noscript><script>document.body.append('rich')</script>")
    assert page.locator("body").inner_text() == "plain"


PICTURE = "<img src='http://127.0.0.1/picture' alt=''>"

BROKEN = {
    "<script>throw new Error('broken')</script>": "broken",
    "<script>console.error('told')</script>": "told",
    "<img src='https://example.org/spy' alt=''>": "asks elsewhere: https://example.org/spy",
    f"<meta http-equiv=Content-Security-Policy content=\"img-src 'none'\">{PICTURE}": "Content Security Policy",
}


@pytest.mark.soak
@pytest.mark.parametrize("html", BROKEN, ids=["error", "console", "elsewhere", "policy"])
def test_what_goes_wrong_on_a_page_is_held_against_it(chromium: Browser, server: str, html: str) -> None:
    visitor = Visitor(chromium, server)
    visitor.page.goto(f"data:text/html,<title>Broken</title>{html}")
    assert BROKEN[html] in visitor.faults[0]
    visitor.context.close()
