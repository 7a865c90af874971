"""The way through all addresses of a snapshot, whose answers become files: in one process, or shared out to several."""

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from pyoxigraph import NamedNode

from g7kg.build.pool import run_tasks, split_tasks
from g7kg.dataset.resources import find_resource
from g7kg.pages.questions import MOST
from g7kg.pages.rendering import local_path
from g7kg.pages.undertakings import read_tracked
from g7kg.rdf.vocab import BASE, IDENTIFIERS
from g7kg.serve.data.discovery import PAGES
from g7kg.serve.data.resources import SPACES, graph_of, list_formats, write_documents
from g7kg.site.addresses import locate
from g7kg.site.asking import Answer, Asker
from g7kg.site.folder import SiteFolder
from g7kg.site.lookups import describe_site, list_findable, list_names, list_undertakings, to_json
from g7kg.site.markup import find_links, to_file
from g7kg.site.source import SiteSource, open_source

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

_OF_VERSION: Final = re.compile(r"(?:/linkset)?/dataset/([0-9a-f]{64})(?=[./]|$)")

_CANONICAL: Final = re.compile(r'(<link rel="canonical" href=")/([^"]*)')

_MANY: Final = 1000
"""So many paths are shared out to processes, as many to each at a time: to open the snapshot takes seconds."""

_BEGUN: Final = 200
"""After so many files it is told how far the work is."""


@dataclass(frozen=True)
class Share:
    """Paths, each with the page that leads there, to be written to the folder ``out``; the rest: ``open_source``."""

    folder: Path
    base: str
    endpoint: str | None
    words: bool
    out: Path
    paths: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Done:
    """What became of a share: the files written, those ``seen``, what their pages lead to, what leads nowhere."""

    site: SiteFolder
    seen: set[str]
    waiting: dict[str, str]
    broken: dict[str, str]


def write_share(share: Share) -> Done:
    """Write the files of ``share``, in a process of its own; errors: ``write_site``."""
    source = _open_once(share.folder, share.base, share.endpoint, share.words)
    crawl = Crawl(source, SiteFolder(share.out), lambda _step: None)

    async def follow() -> None:
        for path, referrer in share.paths:
            await crawl.follow(path, referrer)

    asyncio.run(follow())
    return Done(crawl.site, crawl.seen, crawl.waiting, crawl.broken)


@lru_cache(1)
def _open_once(folder: Path, base: str, endpoint: str | None, words: bool) -> SiteSource:  # noqa: FBT001 - hashed
    """Return the source, the same for all shares of a process: to read a snapshot takes as long as many pages."""
    return open_source(folder, base, endpoint, words=words)


class Crawl:
    """The way through all addresses of ``source``, whose answers become files of ``site``."""

    def __init__(self, source: SiteSource, site: SiteFolder, tell: Callable[[str], None]) -> None:
        self.source = source
        self.site = site
        self.tell = tell
        self.asker = Asker(source)
        self.kept: tuple[str, Asker | None] = ("", None)
        self.waiting: dict[str, str] = {}
        self.seen: set[str] = set()
        self.broken: dict[str, str] = {}
        self.base = source.settings.public or BASE
        self.addresses = re.compile(re.escape(self.base) + r"([^\"<]*)")
        self.away = list_away(source)

    async def run(self, jobs: int) -> None:
        """Write all that there is, and what pages lead to, in up to ``jobs`` processes."""
        self.waiting = dict.fromkeys((*BEGINNINGS, *self._list_resources()), "")
        while self.waiting:
            if jobs > 1 and len(self.waiting) > _MANY:
                self._share(jobs)
                continue
            path = next(iter(self.waiting))
            await self.follow(path, self.waiting.pop(path))
            if len(self.seen) % _BEGUN == 0:
                self.tell(f"writing pages: {len(self.seen)} of {len(self.seen) + len(self.waiting)}")
        await self.write_indexes()
        self.tell("writing what the scripts look up")
        dataset = self.source.whole
        self.site.put("site.json", to_json(describe_site(dataset)))
        held = {quad.subject.value for quad in self.source.held if isinstance(quad.subject, NamedNode)}
        self.site.put("names.json", to_json(await list_names(dataset, sorted(held))))
        with closing((await read_tracked(dataset)).register) as register:
            self.site.put("undertakings-filters.json", to_json(list_undertakings(register)))
        self.site.put("search-index.json", to_json(list_findable(dataset)))

    async def write_indexes(self) -> None:
        """Have a page in the folder of its name, too: a host of files answers the folder's address with that."""
        folders = {file.partition("/")[0] for file in self.site.digests if "/" in file}
        for name in sorted(name for name in folders if f"{name}.html" in self.site.digests):
            self._write(f"{name}/index.html", await self.asker.ask(f"/{name}"))

    def _share(self, jobs: int) -> None:
        """Have processes write what is waiting; what their pages lead to waits then."""
        files = {locate(*_split(path)): (path, referrer) for path, referrer in self.waiting.items()}
        paths = [pair for file, pair in files.items() if file not in self.seen]
        endpoint, words = self.source.whole.endpoint, self.source.words
        shares = [
            Share(self.source.folder, self.base, endpoint, words, self.site.root, tuple(part))
            for part in split_tasks(paths, _MANY, jobs)
        ]
        self.waiting = {}
        for done in run_tasks(write_share, shares, jobs):
            self.site.add(done.site)
            self.seen |= done.seen
            self.waiting |= done.waiting
            self.broken |= done.broken
            self.tell(f"writing pages: {len(self.seen)} files so far")

    async def follow(self, path: str, referrer: str = "") -> None:
        """Write what stands at ``path``, a resource in every format, if it was not yet; ``referrer`` leads there."""
        file = locate(*_split(path))
        if file in self.seen:
            return
        self.seen.add(file)
        whole = f"{path}?size={MOST}" if path.startswith("/queries/") and "." in path else path
        asker = self._choose_asker(path)
        answer = await asker.ask(whole)
        if answer.status not in {HTTPStatus.OK, HTTPStatus.GONE}:
            self.broken[path] = referrer
            return
        self._write(file, answer)
        if answer.is_page:
            self._expect(path, answer)
            await self._write_data(path, answer, asker.source)

    def _choose_asker(self, path: str) -> Asker:
        """Return who knows what stands at ``path``: of a release that lies beside the snapshot, that; one at a time."""
        digest = found[1] if (found := _OF_VERSION.match(path)) else self.source.manifest.digest
        if digest == self.source.manifest.digest:
            return self.asker
        if self.kept[0] != digest:
            other = self.source.open_kept(digest)
            self.kept = (digest, Asker(other) if other else None)
        return self.kept[1] or self.asker

    def _write(self, file: str, answer: Answer) -> None:
        body = answer.body
        if answer.is_page:
            link, policy = (answer.headers.get(name, "") for name in ("link", "content-security-policy"))
            page = _CANONICAL.sub(self._make_absolute, body.decode())
            body = to_file(page, file, link, policy, self.away).encode()
        elif self.base != BASE and file.startswith(("sitemap.xml", "linkset/")):
            body = self.addresses.sub(self._locate, body.decode()).encode()
        self.site.put(file, body)

    def _locate(self, found: re.Match[str]) -> str:
        """Return the address of the file for an address that a plain host does not know."""
        return self.base + quote(locate(found[1]), safe="/")

    def _make_absolute(self, found: re.Match[str]) -> str:
        """Return the start of a link to the page itself, to which search engines want an absolute address."""
        file = quote(locate(*_split(unescape(found[2]))), safe="/")
        return f"{found[1]}{self.base}{found[2] if self.base == BASE else file}"

    def _expect(self, path: str, answer: Answer) -> None:
        for link in find_links(answer.body.decode()) if answer.is_page else ():
            target, query = _split(link)
            if not target.startswith(("/sparql", "/static/", "/query/editor/", "/opensearch.xml", *_SERVED)):
                self.waiting.setdefault(target if locate(target, query) == locate(target) else link, path)

    async def _write_data(self, path: str, answer: Answer, source: SiteSource) -> None:
        """Write what the page of a resource says in the other formats, and its links, now that it is remembered."""
        space = path.removeprefix("/").partition("/")[0].partition(".")[0]
        if answer.status != HTTPStatus.OK or not (space == "doc" or space in SPACES):
            return
        iri = BASE + unquote(path).removeprefix("/").replace("doc/", "id/", 1)
        await self.follow(f"/linkset{path}", path)
        formats = list_formats(iri)[1:]
        if graph_of(iri):
            for format_ in formats:
                await self.follow(f"{path}.{format_.name}", path)
            return
        # the way over the handlers would take most of the time
        description = await find_resource(source.whole, iri, lambda: self.base)
        for format_, body in write_documents(description, path, formats, source.library.terms):
            self.seen.add(file := locate(f"{path}.{format_.name}"))
            self.site.put(file, body)

    def _list_resources(self) -> Iterator[str]:
        held = {term for quad in self.source.held for term in quad if isinstance(term, NamedNode)}
        ours = {term.value.partition("#")[0] for term in held if term.value.startswith(BASE)}
        for iri in sorted(ours):
            if iri.startswith(IDENTIFIERS) or iri.removeprefix(BASE).partition("/")[0] in SPACES:
                yield local_path(iri)


def list_away(source: SiteSource) -> dict[str, str]:
    """Return the address or the file for what has no file of its own."""
    return dict.fromkeys(_SERVED, AWAY) | {"/sparql": source.whole.endpoint or "query.html"}


def _split(link: str) -> tuple[str, str]:
    parts = urlsplit(link)
    return parts.path, parts.query
