"""Parts of a site: paths of it that are written, and where the links of a page lead."""

import asyncio
import posixpath
import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote, urlsplit

from g7kg.site.crawl import Crawl


def follow(crawl: Crawl, *paths: str) -> None:
    """Write what stands at ``paths``; nothing there may lead nowhere."""

    async def follow_all() -> None:
        for path in paths:
            await crawl.follow(path)

    asyncio.run(follow_all())
    assert crawl.broken == {}


def list_links(file: str, text: str) -> Iterator[tuple[str, str, str]]:
    """Yield each link of the page ``text`` within the site: as it is, the file that it leads to, its fragment."""
    for link in re.findall(r'(?:href|src|action)="([^"]*)"', text):
        target = urlsplit(unescape(link))
        if not target.scheme:
            path = posixpath.join(posixpath.dirname(file), unquote(target.path)) if target.path else file
            yield link, posixpath.normpath(path), unquote(target.fragment)
