"""Pages as responses: HTML, with the headers that every page has."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from starlette.responses import HTMLResponse
from starlette.types import Receive, Scope, Send

from g7kg.pages.rendering import Page, render

SECURITY: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
"""Headers of every page: it needs its own style sheets, scripts and pictures, and nothing else from anywhere."""


class PageResponse(HTMLResponse):
    """A page that is rendered when it is needed: by ``finish``, in a thread, or else when it is sent."""

    def __init__(self, page: Page, status: HTTPStatus, headers: Mapping[str, str]) -> None:
        super().__init__(None, status, headers)
        self.page: Page | None = page

    def finish(self) -> None:
        """Render the page, if that is not done."""
        if self.page is not None:
            self.body, self.page = render(self.page).encode(), None
            self.headers["content-length"] = str(len(self.body))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the page."""
        self.finish()
        await super().__call__(scope, receive, send)


def to_html(page: Page, status: HTTPStatus = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> PageResponse:
    """Return the response that holds ``page``; ``headers`` are added to those of every page, or replace them."""
    return PageResponse(page, status, {**SECURITY, **(headers or {})})


def to_worded_html(
    page: Page, language: str, parameters: Sequence[tuple[str, str]] = (), headers: Mapping[str, str] | None = None
) -> PageResponse:
    """Return the response that holds ``page``, whose labels are in ``language`` and come in others; see ``to_html``.

    ``parameters`` are those of its address, which it keeps in another language.
    """
    return to_html(replace(page, values={**page.values, "kept": [*parameters], "language": language}), headers=headers)
