"""Addresses of the server to files of the site, and back: the same rule stands in ``static/site/addresses.js``."""

import re
from typing import Final
from urllib.parse import quote, unquote

_FILE: Final = re.compile(r"(.*)(\.[a-z][a-z0-9]*)")
"""A name that is the name of a file as it stands; to any other ``.html`` is added (``1.0.0`` is no file)."""

_PAGE: Final = re.compile(r"page=([1-9][0-9]*)")


def locate(path: str, query: str = "") -> str:
    """Return the file, by its path in the site, of what stands at ``path`` (percent-encoded) on a server.

    Of parameters only the number of a page makes another file.
    """
    name = unquote(path).removeprefix("/")
    name += "index.html" if not name or name.endswith("/") else ""
    name = re.sub(r"^id/", "doc/", name)
    numbered = _PAGE.fullmatch(query)
    page = f"-page-{numbered[1]}" if numbered else ""
    if name.startswith("linkset/"):
        return f"{name}.json"
    if name == ".well-known/void":
        return name
    file = _FILE.fullmatch(name)
    return f"{file[1]}{page}{file[2]}" if file else f"{name}{page}.html"


def relate(at: str, file: str) -> str:
    """Return the relative reference (RFC 3986, section 4.2) from the file ``at`` to ``file``."""
    return "../" * at.count("/") + quote(file, safe="/~=+,@!$&'()*;")
