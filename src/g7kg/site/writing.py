"""The site of a snapshot written: every address that a page leads to, every resource in every format."""

import asyncio
import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path

from g7kg.errors import WorkspaceError
from g7kg.pages.query import read_browser_files
from g7kg.pages.rendering import Page, render
from g7kg.rdf.formats import HTML
from g7kg.rdf.vocab import BASE
from g7kg.serve.pages.html import SECURITY
from g7kg.serve.pages.search import describe_search
from g7kg.site.addresses import locate
from g7kg.site.crawl import AWAY, Crawl, list_away
from g7kg.site.folder import SiteFolder
from g7kg.site.markup import to_file
from g7kg.site.source import SiteSource, open_source
from g7kg.snapshot.locks import serve_snapshot
from g7kg.snapshot.manifest import find_snapshot


@dataclass(frozen=True)
class Written:
    """What was written: how many files and bytes the site has, how many of them are new, how many others are gone.

    ``broken`` has the links that lead nowhere: the path, and the page that has it.
    """

    files: int
    size: int
    changed: int
    removed: int
    broken: tuple[tuple[str, str], ...]


def write_site(  # noqa: PLR0913 - what the publisher chooses
    snapshot: Path,
    out: Path,
    base: str,
    tell: Callable[[str], None],
    *,
    endpoint: str | None = None,
    documentation: Path | None = None,
    words: bool = False,
    jobs: int = 1,
) -> Written:
    """Write the site of ``snapshot``, or of the one published there, to the folder ``out``; tell of each step.

    ``base`` is the address that the data give for it, ending in a slash; pages have relative links and stand anywhere.
    ``endpoint`` is a live one, if there is any; ``documentation`` a folder of built pages, which are copied.
    ``words``: those of the documents are published too. Up to ``jobs`` processes write at a time. The same snapshot and
    arguments give the same bytes.
    Raises ``WorkspaceError`` if the snapshot is damaged, or the folder cannot be written.
    """
    folder = find_snapshot(snapshot)
    if out.resolve().is_relative_to(folder):
        raise WorkspaceError(f"{out} is within the snapshot", hint="choose another folder with --out")
    with serve_snapshot(folder):
        tell("reading the snapshot")
        source = open_source(folder, base, endpoint, words=words)
        site = SiteFolder(out)
        site.prepare()
        crawl = Crawl(source, site, tell)
        asyncio.run(crawl.run(jobs))
        for file, body in (*_list_assets(source), *(_list_files(documentation, "docs") if documentation else ())):
            site.put(file, body)
        source.searcher.close()
    removed = site.finish()
    return Written(len(site.digests), site.size, site.written, removed, tuple(sorted(crawl.broken.items())))


def _list_assets(source: SiteSource) -> Iterator[tuple[str, bytes]]:
    """Yield what is the same for every snapshot, and the dumps."""
    yield from _list_files(Path(str(files("g7kg.pages") / "static")), "static")
    for name, body in read_browser_files().items():
        packed = name.endswith(".wasm")
        yield f"query/editor/{name}" + ".gz" * packed, gzip.compress(body, 9, mtime=0) if packed else body
    away = render(Page("away.html", {"endpoint": source.whole.endpoint}))
    yield AWAY, to_file(away, AWAY, "", SECURITY["Content-Security-Policy"], list_away(source)).encode()
    lost = {"status": HTTPStatus.NOT_FOUND, "message": "there is nothing at this address", "query": None}
    page = render(Page("error.html", {**lost, "hint": "begin at the home page"}))
    yield "404.html", page.replace('="/', f'="{source.settings.public}').encode()
    yield ".nojekyll", b""
    search = f"{source.settings.public}{'search' if source.settings.public == BASE else locate('/search')}"
    yield "opensearch.xml", describe_search({HTML: search}).encode()


def _list_files(folder: Path, place: str) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            yield f"{place}/{path.relative_to(folder).as_posix()}", path.read_bytes()
