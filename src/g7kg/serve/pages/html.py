"""Pages as responses: HTML, with the headers that every page has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from starlette.responses import HTMLResponse

from g7kg.pages.rendering import Page, render

SECURITY: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
"""Headers of every page: it needs its own style sheets, scripts and pictures, and nothing else from anywhere."""


def to_html(page: Page, status: HTTPStatus = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> HTMLResponse:
    """Return the response that holds ``page``; ``headers`` are added to those of every page, or replace them."""
    return HTMLResponse(render(page), status, {**SECURITY, **(headers or {})})


def to_worded_html(
    page: Page, parameters: Sequence[tuple[str, str]] = (), headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    """Return the response that holds ``page``, whose labels come in several languages; see ``to_html``.

    ``parameters`` are those of its address, which it keeps in another language.
    """
    return to_html(replace(page, values={**page.values, "kept": [*parameters]}), headers=headers)
