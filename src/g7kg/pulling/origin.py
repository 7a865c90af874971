"""Where a snapshot comes from: an address, asked by HTTP, whose answers are bounded and never lead elsewhere."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from typing import Final
from urllib.error import URLError
from urllib.parse import urljoin, urlsplit
from urllib.request import HTTPErrorProcessor, Request, build_opener

from g7kg import __version__
from g7kg.errors import Location, TransferError

_PIECE: Final = 1 << 18
"""Bytes that are read at once, at most."""

_EXPECTED: Final = frozenset({200, 206, 304, 404, 416})
_REFUSED: Final = frozenset({401, 403, 407})
_CREDENTIALS: Final = "set G7KG_PULL_TOKEN, or G7KG_PULL_USER and G7KG_PULL_PASSWORD"
_HEADER: Final = re.compile(r"[\x20-\x7e]*")


@dataclass(frozen=True)
class Origin:
    """A source of snapshots: its address, ending in a slash; what it is told of who asks; how long it may be silent.

    ``authorization`` is the value of the header, ``stall`` in seconds.
    """

    address: str
    authorization: str | None = field(default=None, repr=False)
    stall: float = 30.0

    def locate(self, path: str) -> Location:
        """Return the place that an error at ``path`` names."""
        return Location(self.address + path)

    @contextmanager
    def ask(self, path: str, headers: Mapping[str, str] | None = None) -> Iterator[Answer]:
        """Yield the answer to a GET of ``path``: 200, 206, 304, 404 or 416; ``TransferError`` if there is no such."""
        request = Request(self.address + path, headers={"User-Agent": f"g7kg/{__version__}", **(headers or {})})  # noqa: S310 - open_origin has seen to the scheme
        if self.authorization:
            request.add_unredirected_header("Authorization", self.authorization)
        try:
            response = build_opener(_AsItIs).open(request, timeout=self.stall)
        except (OSError, HTTPException, UnicodeError) as error:
            raise self.fail(path, f"there is no answer: {_describe(error)}") from error
        with response:
            self._check(response, path)
            yield Answer(self, path, response)

    def fail(self, path: str, message: str, hint: str = "try again: what was fetched is kept") -> TransferError:
        """Return the error that says ``message`` of ``path``."""
        return TransferError(message, location=self.locate(path), hint=hint)

    def _check(self, response: HTTPResponse, path: str) -> None:
        status = response.status
        if status in _EXPECTED:
            return
        if status in _REFUSED:
            raise self.fail(path, f"the source refuses who asks ({status})", _CREDENTIALS)
        if target := response.headers.get("Location"):
            whither = ascii(urljoin(self.address + path, target))
            raise self.fail(path, f"the source sends elsewhere, to {whither}", "pull from there if you trust it")
        raise self.fail(path, f"the source answers {status}")


class Answer:
    """An answer whose body is still to be read: its status, its headers, the place that it is from."""

    def __init__(self, origin: Origin, path: str, response: HTTPResponse) -> None:
        self.origin = origin
        self.path = path
        self.status = response.status
        self.headers = response.headers
        self._response = response

    def pieces(self) -> Iterator[bytes]:
        """Yield the body as it comes; ``TransferError`` if it breaks off."""
        stated, received = self.headers.get("Content-Length", ""), 0
        while True:  # ends: with the answer, or by the deadline of whoever reads
            try:
                piece = self._response.read1(_PIECE)
            except (OSError, HTTPException) as error:
                raise self.origin.fail(self.path, f"the answer broke off: {_describe(error)}") from error
            if not piece:
                break
            received += len(piece)
            yield piece
        if stated.isdecimal() and received < int(stated):
            raise self.origin.fail(self.path, f"the answer broke off after {received:,} of {int(stated):,} bytes")

    def read(self, limit: int, check: Callable[[], None]) -> bytes:
        """Return the body; ``TransferError`` if it has more than ``limit`` bytes.

        ``check`` is called after each piece and may raise.
        """
        body = bytearray()
        for piece in self.pieces():
            body += piece
            check()
            if len(body) > limit:
                raise self.origin.fail(self.path, f"the answer has more than {limit:,} bytes", "check the address")
        return bytes(body)


class _AsItIs(HTTPErrorProcessor):
    """Takes every answer for what it is: no redirection is followed, no status is an exception."""

    def http_response(self, request: Request, response: HTTPResponse) -> HTTPResponse:  # noqa: ARG002 - as urllib has it
        """Return the ``response``."""
        return response

    https_response = http_response


def open_origin(address: str, environment: Mapping[str, str], stall: float = 30.0) -> Origin:
    """Return the origin at ``address`` (http or https) with the credentials that are in ``environment``.

    These are ``G7KG_PULL_TOKEN`` (bearer), or ``G7KG_PULL_USER`` and ``G7KG_PULL_PASSWORD`` (basic). Raises
    ``TransferError`` for an address that is none, or that holds credentials: others could read them there.
    """
    try:
        parts = urlsplit(address)
        known = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0 and address.isascii()
    except ValueError:
        known = False
    if not known or parts.query or parts.fragment or re.search(r"[\x00-\x20\x7f]", address):
        raise TransferError("this is no address of a source", hint="give it as https://g7kg.example.org/")
    if parts.username is not None:
        raise TransferError("the address holds credentials, which others could read there", hint=_CREDENTIALS)
    return Origin(address.rstrip("/") + "/", _authorize(environment), stall)


def _authorize(environment: Mapping[str, str]) -> str | None:
    """Return the value of the header Authorization (RFC 6750, section 2.1; RFC 7617, section 2), if there is one."""
    user, password = (environment.get(f"G7KG_PULL_{name}", "") for name in ("USER", "PASSWORD"))
    token = environment.get("G7KG_PULL_TOKEN", "")
    if token and (user or password):
        raise TransferError("there are two kinds of credentials", hint=_CREDENTIALS)
    if not _HEADER.fullmatch(token) or ":" in user:
        raise TransferError("the credentials are not of their form", hint="a token is ASCII, a user has no colon")
    if user or password:
        return "Basic " + b64encode(f"{user}:{password}".encode()).decode("ascii")
    return f"Bearer {token}" if token else None


def _describe(error: BaseException) -> str:
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror
    return str(reason) or type(reason).__name__
