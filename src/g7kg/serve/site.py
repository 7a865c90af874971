"""What every handler needs: the snapshot that is served, the engine, the catalogue of queries."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from email.utils import formatdate
from importlib.metadata import version
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.types import Scope

from g7kg import __version__
from g7kg.dataset.dataset import Dataset, Gates
from g7kg.dataset.library import Library
from g7kg.engine import ClientEngine, Engine, Pool
from g7kg.engine.holdings import check_service
from g7kg.errors import RequestError
from g7kg.http.negotiation import negotiate_language
from g7kg.http.tally import Tally, client_of
from g7kg.queries.language import ENGLISH, LANGUAGES
from g7kg.search import Searcher, open_searcher
from g7kg.serve.caching import Repeat, ResultCache, compute_etag
from g7kg.serve.settings import ServerSettings
from g7kg.snapshot.locks import serve_snapshot
from g7kg.snapshot.manifest import MANIFEST, STORE, FileDigests, Manifest, read_manifest, report_damage, verify_store

CHOICE: Final = "labels"
"""The parameter by which a reader chooses the language of labels for all pages."""

LANGUAGE_COOKIE: Final = "language"
"""The cookie that keeps what was chosen."""

_EXCHANGE: Final = "g7kg.exchange"
_HOST: Final = re.compile(r"(?:[A-Za-z0-9._~-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


@dataclass(frozen=True)
class Site:
    """One snapshot as it is served: its folder and manifest, the pool over its store, the searcher of its index, and
    what all snapshots share.

    ``key`` stands for all that the bytes of an answer depend on besides the request: data, versions, limits.
    ``published`` is when the snapshot was (an HTTP date).
    ``gates`` hold back what its pages ask, which yields to other queries, ``renderer`` is the thread that writes them.
    ``digests`` tell which files are as written; ``sizes`` has the bytes of
    each beside the store that was when the snapshot was opened.
    """  # noqa: D205 - one sentence

    folder: Path
    manifest: Manifest
    pool: Pool
    searcher: Searcher
    cache: ResultCache
    library: Library
    settings: ServerSettings
    key: str
    published: str
    gates: Gates
    renderer: Executor
    digests: FileDigests
    sizes: Mapping[str, int]

    @property
    def lacking(self) -> list[str]:
        """The files beside the store that were not as written when the snapshot was opened: they are not served."""
        return sorted(self.manifest.files.keys() - self.sizes.keys())

    def engine(self, client: str) -> Engine:
        """Return the engine as ``client`` has it."""
        return ClientEngine(self.pool, client)

    def dataset(self, client: str, language: str = ENGLISH) -> Dataset:
        """Return the dataset as ``client`` has it, with labels in ``language``."""
        engine, gate = ClientEngine(self.pool, client, yields=True), self.gates.open(client)
        searcher, library, contact = self.searcher, self.library, self.settings.contact
        kept = self.settings.store is None
        return Dataset(
            self.folder, self.manifest, library, engine, searcher, gate, self.sizes, contact, language, kept=kept
        )


@asynccontextmanager
async def open_site(  # noqa: PLR0913 - what all snapshots share comes from outside
    folder: Path,
    library: Library,
    settings: ServerSettings,
    cache: ResultCache,
    ended: Counter[str],
    *,
    waits: Tally | None = None,
    whole: bool,
) -> AsyncIterator[Site]:
    """Yield the site of the snapshot in ``folder``, which stays meanwhile; ``WorkspaceError`` if it is damaged.

    Every file is read for that; damage beside the store and the index is borne (see ``Site.lacking``) unless the
    snapshot must be ``whole``, and told before anything is started. Where a service is asked in place of its store,
    ``StoreError`` unless that holds the snapshot. ``ended`` counts the workers that come to an end, by reason,
    ``waits`` the queries that wait, over all processes.
    """
    manifest = read_manifest(folder)
    renderer = ThreadPoolExecutor(1, "renderer")  # more threads would only keep the event loop waiting longer
    with serve_snapshot(folder), ExitStack() as stack:
        stack.callback(renderer.shutdown, wait=False, cancel_futures=True)
        await asyncio.to_thread(verify_store, folder)
        digests = FileDigests()
        sizes = await asyncio.to_thread(_measure_files, folder, manifest, digests)
        for lacking in sorted(manifest.files.keys() - sizes.keys()) if whole else ():
            raise report_damage(folder / lacking)
        service = settings.store and await asyncio.to_thread(check_service, settings.store, manifest)
        async with (
            open_searcher(folder, settings.pool.deadline) as searcher,
            Pool(service or folder / STORE, manifest.quads, settings.pool, ended, waits) as pool,
        ):
            shared = f"{settings.store or pool.template.settings.in_memory} {settings.pool.limits} {library.releases} "
            made = (manifest.digest, __version__, version("pyoxigraph"), shared + settings.contact)
            key = compute_etag(*made, *sorted(sizes))
            published = formatdate((folder / MANIFEST).stat().st_mtime, usegmt=True)
            common = (cache, library, settings, key, published, Gates(settings.gate), renderer, digests, sizes)
            yield Site(folder, manifest, pool, searcher, *common)


def _measure_files(folder: Path, manifest: Manifest, digests: FileDigests) -> dict[str, int]:
    intact = (name for name, digest in manifest.files.items() if digests.find(folder / name) == digest)
    return {name: digests.size(folder / name) for name in intact}


def header_of(request: Request, name: bytes) -> str | None:
    """Return all headers of ``request`` called ``name`` (in lower case) as one (RFC 9110, section 5.3), if any is."""
    values = [value for stated, value in request.scope["headers"] if stated == name]
    return b", ".join(values).decode("latin-1").strip() if values else None


def accept_of(request: Request) -> str | None:
    """Return what the client accepts; ``None`` if it does not say."""
    return header_of(request, b"accept")


def address_of(request: Request) -> str:
    """Return the address, ending in a slash, at which this server is known: what was set, else what was asked.

    Raises ``RequestError`` if the request names no host that an address can have.
    """
    public = site_of(request).settings.public
    if public is not None:
        return public
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        raise RequestError(f"“{host}” is no host", hint="send the Host header as it should be")
    return f"{request.url.scheme}://{host}/"


def url_of(request: Request) -> str:
    """Return the address that was asked, without its parameters, as the public knows it; errors: ``address_of``."""
    return address_of(request).removesuffix("/") + bytes(request.scope["raw_path"]).decode("ascii")


@dataclass
class Exchange:
    """One request on its way: the site that it is answered from, what the log will say of it, how to repeat it."""

    site: Site
    outcome: str = ""
    query: str = ""
    repeat: Repeat | None = None


def begin_exchange(scope: Scope, site: Site) -> Exchange:
    """Return a new exchange for the request in ``scope``, which has it from now on."""
    exchange = scope[_EXCHANGE] = Exchange(site)
    return exchange


def exchange_of(scope: Scope) -> Exchange:
    """Return the exchange of the request in ``scope``."""
    exchange: Exchange = scope[_EXCHANGE]
    return exchange


def site_of(request: Request) -> Site:
    """Return the site that this request is answered from, the same from its beginning to its end."""
    return exchange_of(request.scope).site


def engine_of(request: Request) -> Engine:
    """Return the engine as the client of ``request`` has it."""
    return site_of(request).engine(client_of(request.scope))


def language_of(request: Request) -> str:
    """Return the language of labels in a page: what the address names, the reader chose, or the client prefers."""
    named = (request.query_params.get("language"), request.cookies.get(LANGUAGE_COOKIE))
    accepted = header_of(request, b"accept-language") or ""
    return next((one for one in named if one in LANGUAGES), "") or negotiate_language(accepted, tuple(LANGUAGES))


def dataset_of(request: Request, language: str = ENGLISH) -> Dataset:
    """Return the dataset that this request is answered from, as its client has it, with labels in ``language``."""
    return site_of(request).dataset(client_of(request.scope), language)
