"""The documentation as the clone built it, beside the pages; without it, help."""

import base64
import hashlib
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from g7kg.mapping.workspace import find_workspace
from g7kg.serve.pages.html import SECURITY
from g7kg.serve.site import address_of

DOCUMENTATION: Final = "/docs"

SHOWS_SEARCH: Final = "document.getElementById('searchbox').style.display = \"block\""
"""The one script that Sphinx's theme writes into pages."""

_ALLOWED: Final = base64.b64encode(hashlib.sha256(SHOWS_SEARCH.encode()).digest()).decode()
_POLICY: Final = SECURITY["Content-Security-Policy"]
DOCUMENTED: Final = {
    **SECURITY,
    "Content-Security-Policy": _POLICY.replace("script-src 'self'", f"script-src 'self' 'sha256-{_ALLOWED}'")
    .replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
    .replace("img-src 'self'", "img-src 'self' data:")
    + "; connect-src 'self'",
}
"""Headers of the documentation: as those of pages, with the style and the script that its theme writes into them."""


def add_documentation(app: FastAPI) -> None:
    """Serve the documentation where it was built (``make docs``); without it lead to the page of help."""
    folder = find_documentation()
    app.add_route(
        DOCUMENTATION, _lead_to_help if folder is None else _lead_inside, methods=["GET"], include_in_schema=False
    )
    if folder:
        app.mount(DOCUMENTATION, Documentation(directory=folder, html=True), name="documentation")


class Documentation(StaticFiles):
    """Built pages: they may run the scripts that are files of theirs, and show what is theirs, and nothing else.

    What Sphinx writes into its pages, too, is allowed by name: the script that shows its box for search.
    """

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file with the headers."""
        response = await super().get_response(path, scope)
        response.headers.update(DOCUMENTED)
        return response


async def _lead_to_help(_request: Request) -> Response:
    return RedirectResponse("/help#documentation", 303)


async def _lead_inside(request: Request) -> Response:
    return RedirectResponse(f"{address_of(request)}docs/", 307)


def find_documentation() -> Path | None:
    """Return the folder with the pages of the documentation, if they were built in the clone that this runs from."""
    folder = find_workspace().root / "build" / "docs"
    return folder if (folder / "index.html").is_file() else None
