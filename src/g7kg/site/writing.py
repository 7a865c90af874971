"""The site of a snapshot written: every address that a page leads to, every resource in every format."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from pyoxigraph import NamedNode

from g7kg.dataset.resources import find_resource
from g7kg.errors import WorkspaceError
from g7kg.pages.query import read_browser_files
from g7kg.pages.questions import MOST
from g7kg.pages.rendering import Page, local_path, render
from g7kg.pages.undertakings import read_tracked
from g7kg.rdf.formats import HTML, Format
from g7kg.rdf.vocab import BASE, IDENTIFIERS
from g7kg.serve.data.discovery import PAGES
from g7kg.serve.data.resources import SPACES, graph_of, list_formats, write_document
from g7kg.serve.pages.html import SECURITY
from g7kg.serve.pages.search import describe_search
from g7kg.site.addresses import locate
from g7kg.site.asking import Answer, Asker
from g7kg.site.folder import SiteFolder
from g7kg.site.lookups import describe_site, list_findable, list_names, list_undertakings, to_json
from g7kg.site.markup import find_links, to_file
from g7kg.site.source import SiteSource, open_source
from g7kg.snapshot.locks import serve_snapshot
from g7kg.snapshot.manifest import find_snapshot

BEGINNINGS: Final = (
    *(f"/{page}" for page in PAGES),
    "/queries",
    "/queries.json",
    "/search",
    "/query/vocabulary.json",
    "/context.jsonld",
    "/void.ttl",
    "/.well-known/void",
    "/sitemap.xml",
    "/robots.txt",
)
"""Where the way through the site begins; the rest is what pages lead to."""

AWAY: Final = "away.html"
"""The page about what needs a server."""

_SERVED: Final = ("/validate", "/openapi.json", "/store")
"""What answers only where a program runs."""

_BEGUN: Final = 200
"""After so many files it is told how far the work is."""


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
) -> Written:
    """Write the site of ``snapshot``, or of the one published there, to the folder ``out``; tell of each step.

    ``base`` is the address that the data give for it, ending in a slash; pages have relative links and stand anywhere.
    ``endpoint`` is a live one, if there is any; ``documentation`` a folder of built pages, which are copied.
    ``words``: those of the documents are published too. The same snapshot and arguments give the same bytes.
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
        asyncio.run(crawl.run())
        for file, body in (*_list_assets(source), *_list_documentation(documentation)):
            site.put(file, body)
        source.searcher.close()
    removed = site.finish()
    return Written(len(site.digests), site.size, site.written, removed, tuple(sorted(crawl.broken.items())))


class Crawl:
    """The way through all addresses of ``source``, whose answers become files of ``site``."""

    def __init__(self, source: SiteSource, site: SiteFolder, tell: Callable[[str], None]) -> None:
        self.source = source
        self.site = site
        self.tell = tell
        self.asker = Asker(source)
        self.waiting: dict[str, str] = dict.fromkeys((*BEGINNINGS, *self._list_resources()), "")
        self.seen: set[str] = set()
        self.broken: dict[str, str] = {}
        self.base = source.settings.public or BASE
        self.addresses = re.compile(re.escape(self.base) + r"([^\"<]*)")
        self.away = _list_away(source)

    async def run(self) -> None:
        """Ask for all that there is, and for what pages lead to, and write it."""
        while self.waiting:
            path = next(iter(self.waiting))
            await self.follow(path, self.waiting.pop(path))
            if len(self.seen) % _BEGUN == 0:
                self.tell(f"writing pages: {len(self.seen)} of {len(self.seen) + len(self.waiting)}")
        self.tell("writing what the scripts look up")
        dataset = self.source.whole
        self.site.put("site.json", to_json(describe_site(dataset)))
        held = {quad.subject.value for quad in self.source.held if isinstance(quad.subject, NamedNode)}
        self.site.put("names.json", to_json(await list_names(dataset, sorted(held))))
        self.site.put("undertakings-filters.json", to_json(list_undertakings(await read_tracked(dataset))))
        self.site.put("search-index.json", to_json(list_findable(dataset)))

    async def follow(self, path: str, referrer: str = "") -> None:
        """Write what stands at ``path``, a resource in every format, if it was not yet; ``referrer`` leads there."""
        file = locate(*_split(path))
        if file in self.seen:
            return
        self.seen.add(file)
        whole = f"{path}?size={MOST}" if path.startswith("/queries/") and "." in path else path
        answer = await self.asker.ask(whole)
        if answer.status not in {HTTPStatus.OK, HTTPStatus.GONE}:
            self.broken[path] = referrer
            return
        self._write(file, answer)
        if answer.is_page:
            self._expect(path, answer)
            await self._write_data(path, answer)

    def _write(self, file: str, answer: Answer) -> None:
        """Have the answer in ``file``."""
        body = answer.body
        if answer.is_page:
            link, policy = (answer.headers.get(name, "") for name in ("link", "content-security-policy"))
            body = to_file(body.decode(), file, link, policy, self.away).encode()
        elif self.base != BASE and file.startswith(("sitemap.xml", "linkset/")):
            body = self.addresses.sub(self._locate, body.decode()).encode()
        self.site.put(file, body)

    def _locate(self, found: re.Match[str]) -> str:
        """Return the address of the file for an address that a plain host does not know."""
        return self.base + quote(locate(found[1]), safe="/")

    def _expect(self, path: str, answer: Answer) -> None:
        """Have what the page at ``path`` leads to asked, too."""
        for link in find_links(answer.body.decode()) if answer.is_page else ():
            target, query = _split(link)
            if not target.startswith(("/sparql", "/static/", "/query/editor/", "/opensearch.xml", *_SERVED)):
                self.waiting.setdefault(target if locate(target, query) == locate(target) else link, path)

    async def _write_data(self, path: str, answer: Answer) -> None:
        """Write what the page of a resource says in the other formats, and its links, now that it is remembered."""
        space = path.removeprefix("/").partition("/")[0].partition(".")[0]
        if answer.status != HTTPStatus.OK or not (space == "doc" or space in SPACES):
            return
        iri = BASE + unquote(path).removeprefix("/").replace("doc/", "id/", 1)
        await self.follow(f"/linkset{path}", path)
        for format_ in list_formats(iri)[1:]:
            if graph_of(iri):
                await self.follow(f"{path}.{format_.name}", path)
            else:
                await self._describe(iri, path, format_)

    async def _describe(self, iri: str, path: str, format_: Format) -> None:
        """Write the description of ``iri`` in one format: the way over the handlers would take most of the time."""
        description = await find_resource(self.source.whole, iri, lambda: self.base)
        self.seen.add(file := locate(f"{path}.{format_.name}"))
        body = write_document(description, path, format_, self.source.library.terms)
        self.site.put(file, body)

    def _list_resources(self) -> Iterator[str]:
        """Yield the paths of all that has an IRI of ours and a page."""
        held = {term for quad in self.source.held for term in quad if isinstance(term, NamedNode)}
        ours = {term.value.partition("#")[0] for term in held if term.value.startswith(BASE)}
        for iri in sorted(ours):
            if iri.startswith(IDENTIFIERS) or iri.removeprefix(BASE).partition("/")[0] in SPACES:
                yield local_path(iri)


def _list_away(source: SiteSource) -> dict[str, str]:
    """Return the address or the file for what has no file of its own."""
    return dict.fromkeys(_SERVED, AWAY) | {"/sparql": source.whole.endpoint or "query.html"}


def _split(link: str) -> tuple[str, str]:
    parts = urlsplit(link)
    return parts.path, parts.query


def _list_assets(source: SiteSource) -> Iterator[tuple[str, bytes]]:
    """Yield what is the same for every snapshot, and the dumps."""
    static = Path(str(files("g7kg.pages") / "static"))
    for path in sorted(path for path in static.rglob("*") if path.is_file()):
        yield f"static/{path.relative_to(static).as_posix()}", path.read_bytes()
    for name, body in read_browser_files().items():
        packed = name.endswith(".wasm")
        yield f"query/editor/{name}" + ".gz" * packed, gzip.compress(body, 9, mtime=0) if packed else body
    away = render(Page("away.html", {"endpoint": source.whole.endpoint}))
    yield AWAY, to_file(away, AWAY, "", SECURITY["Content-Security-Policy"], _list_away(source)).encode()
    lost = {"status": HTTPStatus.NOT_FOUND, "message": "there is nothing at this address", "query": None}
    page = render(Page("error.html", {**lost, "hint": "begin at the home page"}))
    yield "404.html", page.replace('="/', f'="{source.settings.public}').encode()
    yield ".nojekyll", b""
    search = f"{source.settings.public}{'search' if source.settings.public == BASE else locate('/search')}"
    yield "opensearch.xml", describe_search({HTML: search}).encode()


def _list_documentation(folder: Path | None) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")) if folder else ():
        if path.is_file() and not path.name.startswith("."):
            yield f"docs/{path.relative_to(folder).as_posix()}" if folder else "", path.read_bytes()
