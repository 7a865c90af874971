"""HTTP to one address of a SPARQL service: a connection that is kept, credentials, and what its answers mean."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from os import SEEK_END
from typing import IO, Final
from urllib.parse import urlsplit

from g7kg.errors import G7kgError, Location, Overload, QueryError, QueryTimeout, StoreError, WorkspaceError
from g7kg.http.credentials import Credentials

_WORDS: Final = 2000
"""Bytes of an error's body that are read for its first line."""

_LONGEST: Final = 300

_LOST: Final = (http.client.RemoteDisconnected, ConnectionError)
"""What a kept connection meets that the service has closed meanwhile."""

Body = bytes | IO[bytes]


def check_address(text: str) -> str:
    """Return ``text`` if it is the address of a service: http or https, a host, no credentials, no fragment.

    Raises ``WorkspaceError`` otherwise, without the credentials.
    """
    try:
        parts = urlsplit(text)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or not text.isascii() or not text.isprintable() or " " in text:
        raise WorkspaceError("this is no address of a service", hint="such as http://127.0.0.1:3030/g7kg/sparql")
    if parts.username is not None or parts.password is not None:
        hint = "set G7KG_STORE_USER and G7KG_STORE_PASSWORD, or G7KG_STORE_TOKEN"
        raise WorkspaceError("credentials do not belong into an address", hint=hint)
    if parts.fragment:
        raise WorkspaceError(f"the address {text} has a fragment", hint="leave out what begins with #")
    return text


class Reply:
    """The body of an answer, read as a file; what ends before it should raises ``StoreError``."""

    def __init__(self, address: str, response: http.client.HTTPResponse) -> None:
        self.address = address
        self.response = response

    @property
    def media_type(self) -> str:
        """The media type without its parameters."""
        return self.response.headers.get_content_type() if "content-type" in self.response.headers else "nothing"

    def read(self, size: int = -1) -> bytes:
        """Return ``size`` bytes, fewer at the end only. Raises ``StoreError``, or ``QueryTimeout``."""
        try:
            data = self.response.read(None if size < 0 else size)
        except TimeoutError as error:
            raise _expire(self.address) from error
        except (OSError, http.client.HTTPException) as error:
            raise self._broken() from error
        if size and not data and self.response.length:
            raise self._broken()
        return data

    def require(self, media_type: str, *others: str) -> Reply:
        """Return this reply if it is in ``media_type`` or ``others``, and tells where it ends; else ``StoreError``."""
        place = Location(self.address)
        if self.media_type not in {media_type, *others}:
            message = f"the store answers with {self.media_type} where {media_type} was asked"
            raise StoreError(message, location=place, hint="is this the address of its SPARQL service?")
        if self.response.headers.get("content-encoding", "identity") != "identity":
            raise StoreError("the store compresses answers unasked", location=place, hint="switch that off there")
        if self.response.length is None and not self.response.chunked:
            message = "the store does not say where its answer ends, so that a part could pass for the whole"
            raise StoreError(message, location=place, hint="is there an old proxy before it? HTTP/1.1 is needed")
        return self

    def _broken(self) -> StoreError:
        hint = "see its log; it may have run into a limit of its own"
        return StoreError("the store broke its answer off", location=Location(self.address), hint=hint, transient=True)


class Endpoint:
    """An address of a service, and at most one connection to it, which is kept from one request to the next.

    ``credentials`` may be shared with other endpoints of the service; ``seconds`` may pass without a byte, ``None``:
    any number. Redirects are not followed: credentials are for this address only. Not for more than one thread at a
    time.
    """

    def __init__(self, address: str, credentials: Credentials, seconds: float | None) -> None:
        self.address = address
        self.credentials = credentials
        self.seconds = seconds
        self.parts = urlsplit(address)
        self.base = f"{self.parts.scheme}://{self.parts.netloc}"
        self.context = ssl.create_default_context() if self.parts.scheme == "https" else None
        self.connection: http.client.HTTPConnection | None = None

    @contextmanager
    def send(self, method: str, body: Body | None, headers: Mapping[str, str], parameters: str = "") -> Iterator[Reply]:
        """Send a request and yield the reply of success; the connection is kept if the reply is read to its end.

        ``parameters`` is a query string in addition to that of the address. Raises ``StoreError``, ``QueryTimeout``,
        ``Overload`` or, for status 400, ``QueryError``.
        """
        query = "&".join(filter(None, (self.parts.query, parameters)))
        target = (self.parts.path or "/") + (f"?{query}" if query else "")
        response = self._exchange(method, target, body, headers)
        try:
            while self.credentials.learn(response):
                response.read()
                response = self._exchange(method, target, body, headers)
            if response.status // 100 != 2:  # noqa: PLR2004 - the class of success
                raise self._refuse(response)
            yield Reply(self.address, response)
        finally:
            if not response.isclosed() or response.will_close:
                response.close()
                self.close()

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def _exchange(
        self, method: str, target: str, body: Body | None, headers: Mapping[str, str]
    ) -> http.client.HTTPResponse:
        """Return the response; a kept connection that turns out to be closed is replaced once."""
        kept = self.connection is not None
        try:
            try:
                return self._ask(method, target, body, headers)
            except _LOST:
                self.close()
                if not kept:
                    raise
                return self._ask(method, target, body, headers)
        except TimeoutError as error:
            self.close()
            raise _expire(self.address) from error
        except (OSError, http.client.HTTPException) as error:
            self.close()
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            message, place = f"the store cannot be reached: {reason}", Location(self.address)
            raise StoreError(message, location=place, hint="is it running?", transient=True) from error

    def _ask(self, method: str, target: str, body: Body | None, headers: Mapping[str, str]) -> http.client.HTTPResponse:
        if self.connection is None:
            self.connection = self._connect()
        sent, authorization = dict(headers), self.credentials.authorize(method, self.base + target)
        if authorization:
            sent["Authorization"] = authorization
        if body is not None and not isinstance(body, bytes):
            sent["Content-Length"] = str(body.seek(0, SEEK_END))
            body.seek(0)
        self.connection.request(method, target, body, sent)
        return self.connection.getresponse()

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self.parts.hostname or "", self.parts.port
        if self.context is not None:
            return http.client.HTTPSConnection(host, port, timeout=self.seconds, context=self.context)
        return http.client.HTTPConnection(host, port, timeout=self.seconds)

    def _refuse(self, response: http.client.HTTPResponse) -> G7kgError:
        place, status = Location(self.address), response.status
        if status // 100 == 3:  # noqa: PLR2004 - the class of redirects
            where = str(response.headers.get("location", "nowhere")).partition("?")[0].rpartition("@")[2]
            hint = "give the address that it is at; credentials are sent nowhere else"
            return StoreError(f"the store redirects to {where[:_LONGEST]}", location=place, hint=hint)
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            hint = "set G7KG_STORE_USER and G7KG_STORE_PASSWORD, or G7KG_STORE_TOKEN"
            return StoreError(f"the store refuses the credentials ({status})", location=place, hint=hint)
        words = self._first_words(response)
        if status == HTTPStatus.BAD_REQUEST:
            return QueryError(f"the store refuses the request{words}", hint="it may lack what is used here")
        if status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.GATEWAY_TIMEOUT}:
            return _expire(self.address)
        if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
            message = f"the store is too busy, or gave the query up ({status}){words}"
            return Overload(message, location=place, hint="try again in a few seconds, or ask for less")
        hint = "see its log" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "is this the right address?"
        message, transient = f"the store answers with status {status}{words}", status == HTTPStatus.BAD_GATEWAY
        return StoreError(message, location=place, hint=hint, transient=transient)

    def _first_words(self, response: http.client.HTTPResponse) -> str:
        """Return the first line of an error in plain text, after a colon; nothing of a page, or of a secret."""
        if response.headers.get_content_type() != "text/plain":
            return ""
        try:
            text = response.read(_WORDS).decode("utf-8", "replace")
        except (OSError, http.client.HTTPException):
            return ""
        line = next((line.strip() for line in text.splitlines() if line.strip()), "")
        secret = self.credentials.secret
        return f": {line[:_LONGEST]}" if line.isprintable() and line and not (secret and secret in line) else ""


def _expire(address: str) -> QueryTimeout:
    hint = "ask for less: add a LIMIT, or bind more of the pattern"
    return QueryTimeout("the store did not answer in time", location=Location(address), hint=hint)
