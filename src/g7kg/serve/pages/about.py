"""What this is, help, and the documentation if it was built, by address."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from g7kg.mapping.workspace import find_workspace
from g7kg.pages.about import show_about, show_help
from g7kg.serve.answers import choose_variant, respond
from g7kg.serve.pages.html import to_html
from g7kg.serve.site import dataset_of

DOCUMENTATION: Final = "/docs"

router = APIRouter(tags=["pages"])


@router.get("/about", response_class=Response)
async def about(request: Request) -> Response:
    """Tell what this is, how it is made and by whom, and how to cite it."""

    async def produce() -> Response:
        return to_html(await show_about(dataset_of(request)))

    return await respond(request, choose_variant(request, "about", dataset_of(request).contact), produce)


@router.get("/help", response_class=Response)
async def help_page(request: Request) -> Response:
    """Tell how to find, take away, report and read on."""
    dataset, documented = dataset_of(request), find_documentation() is not None

    async def produce() -> Response:
        return to_html(await show_help(dataset, documented=documented))

    return await respond(request, choose_variant(request, "help", dataset.contact, str(documented)), produce)


def add_documentation(app: FastAPI) -> None:
    """Serve the documentation where it was built (``make docs``); without it lead to the page of help."""
    folder = find_documentation()
    if folder is None:
        app.add_route(DOCUMENTATION, _lead_to_help, methods=["GET"], include_in_schema=False)
    else:
        app.mount(DOCUMENTATION, StaticFiles(directory=folder, html=True), name="documentation")


async def _lead_to_help(_request: Request) -> Response:
    return RedirectResponse("/help#documentation", 303)


def find_documentation() -> Path | None:
    """Return the folder with the pages of the documentation, if they were built in the clone that this runs from."""
    folder = find_workspace().root / "build" / "docs"
    return folder if (folder / "index.html").is_file() else None
