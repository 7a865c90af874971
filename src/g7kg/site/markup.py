"""A page as a file: links relative, and in its head what a server says in headers.

Our templates escape whatever they are given, so a tag is what stands between < and >, and a value between quotes.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape, unescape
from typing import Final
from urllib.parse import urlsplit

from g7kg.pages.rendering import is_web
from g7kg.site.addresses import locate, relate

_LINK: Final = re.compile(r'(<[a-z][^<>]*?\s(?:href|src|action)=")(/(?!/)[^"]*)"')
_HEADER: Final = re.compile(r'<([^>]*)>; rel="([^"]*)"(?:; type="([^"]*)")?')
_SERVERS: Final = re.compile(r"    <p>Labels in .*</p>\n")
"""What of a page only a server can do: to choose the language of labels."""
_IN_HEADERS: Final = frozenset({"cite-as", "describedby", "item", "license", "linkset", "type"})
"""Relations that pages have in headers only; of the others their templates have what is needed."""

_CHARSET: Final = '<meta charset="utf-8">\n'
_REPLACED: Final = ("script-src", "connect-src")
"""What of the server's policy pages with a script of the site say themselves."""

_MAIN: Final = '<main id="main" tabindex="-1">'
_WITHOUT: Final = (
    "<noscript><p>Without scripts this site cannot answer what is asked here; its pages and downloads need none.</p>"
    "</noscript>"
)


@dataclass(frozen=True)
class Script:
    """A script of the site for some of its pages: its file, the one of the server that it stands for, if any.

    ``policy`` is what it needs beside scripts and data of its own origin. ``needed``: without it the page answers
    nothing.
    """

    file: str
    instead: str = ""
    policy: str = ""
    needed: bool = True


SCRIPTS: Final[Mapping[str, Script]] = {
    "compare": Script("static/site/compare.js", needed=False),
    "query": Script("static/site/query.js", "static/query/page.js", " 'wasm-unsafe-eval'"),
    "queries": Script("static/site/question.js", "", " 'wasm-unsafe-eval'"),
    "search": Script("static/site/search.js"),
    "undertakings": Script("static/site/tracker.js"),
}
"""The script of a page by the name of its file, or of its folder."""


def find_links(page: str) -> set[str]:
    """Return the paths on the server, with their parameters, that ``page`` has links to."""
    return {unescape(found[2]).partition("#")[0] for found in _LINK.finditer(page)}


def to_file(page: str, at: str, link: str, policy: str, away: Mapping[str, str]) -> str:
    """Return ``page`` as it stands in the file ``at``; ``link`` and ``policy`` are its headers for links and contents.

    ``away`` has the address or the file for paths that have no file of their own.
    """

    def relink(found: re.Match[str]) -> str:
        elsewhere = {"/sparql": "query.html"} if found[1].startswith("<form") else away
        return f'{found[1]}{escape(_refer(at, unescape(found[2]), elsewhere))}"'

    page = _LINK.sub(relink, _SERVERS.sub("", page))
    script = SCRIPTS.get(re.split(r"[/.]|-page-", at)[0])
    if script and script.needed:
        page = page.replace(_MAIN, f"{_MAIN}\n    {_WITHOUT}", 1)
    if script and script.instead:
        page = page.replace(f'"{relate(at, script.instead)}"', f'"{relate(at, script.file)}"', 1)
    return page.replace(_CHARSET, _CHARSET + "".join(_compose_head(at, link, policy, script)), 1)


def _refer(at: str, target: str, away: Mapping[str, str]) -> str:
    parts = urlsplit(target)
    file = away.get(parts.path) or locate(parts.path, parts.query)
    query = f"?{parts.query}" if parts.query and file == locate(parts.path) else ""
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return (file if is_web(file) else relate(at, file)) + query + fragment


def _compose_head(at: str, link: str, policy: str, script: Script | None) -> Iterable[str]:
    kept = [part for part in policy.split("; ") if not part.startswith("frame-ancestors")]  # headers only may say that
    if script:
        kept = [part for part in kept if not part.startswith(_REPLACED)]
        kept += [f"script-src 'self'{script.policy}", "connect-src 'self'", "worker-src 'self'"]
    yield f'  <meta http-equiv="Content-Security-Policy" content="{escape("; ".join(kept), quote=False)}">\n'
    yield '  <meta name="referrer" content="no-referrer">\n'
    for target, relation, media_type in _HEADER.findall(link):
        if relation in _IN_HEADERS:
            address = _refer(at, target, {}) if target.startswith("/") else target
            kind = f' type="{media_type}"' if media_type else ""
            yield f'  <link rel="{relation}" href="{escape(address)}"{kind}>\n'
    if script and not script.instead:
        yield f'  <script type="module" src="{relate(at, script.file)}"></script>\n'
