"""What a SPARQL service is told of who asks: Basic or Bearer at once, Digest (RFC 7616) once it demands that."""

import base64
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPResponse
from urllib.request import AbstractDigestAuthHandler, HTTPPasswordMgr, Request, parse_http_list, parse_keqv_list

from g7kg.errors import WorkspaceError


class _OnePassword(HTTPPasswordMgr):
    """The same user and password for whatever is asked: an endpoint asks one address only."""

    def __init__(self, user: str, password: str) -> None:
        self.user, self.password = user, password

    def find_user_password(self, realm: str, authuri: str) -> tuple[str, str]:  # noqa: ARG002 - as it is called
        return self.user, self.password


class Credentials:
    """A user and a password, a token, or nothing, and the challenge that a service has met them with."""

    def __init__(self, user: str | None = None, password: str | None = None, token: str | None = None) -> None:
        self.secret = token
        self.header = f"Bearer {token}" if token else None
        self.digest: AbstractDigestAuthHandler | None = None
        self.challenge: dict[str, str] = {}
        self.silent = False
        if user and password is not None:
            self.secret = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
            self.header = f"Basic {self.secret}"
            self.digest = AbstractDigestAuthHandler(_OnePassword(user, password))

    def authorize(self, method: str, url: str) -> str | None:
        """Return the value of Authorization for a request, ``None`` if it has none."""
        if self.digest is None or not self.challenge:
            return None if self.silent else self.header
        return f"Digest {self.digest.get_authorization(Request(url, method=method), self.challenge)}"  # noqa: S310

    def learn(self, response: HTTPResponse) -> bool:
        """Whether another attempt is worth it after ``response``.

        It is if that brings a challenge; if it refuses Basic and does not say what else it wants, as Virtuoso does,
        the next attempt has no credentials, so as to be told.
        """
        scheme, _, stated = str(response.headers.get("www-authenticate", "")).partition(" ")
        if response.status != HTTPStatus.UNAUTHORIZED or self.digest is None:
            return False
        self.silent = not scheme and not self.silent
        if scheme.lower() != "digest":
            return self.silent
        known, self.challenge = self.challenge, parse_keqv_list(parse_http_list(stated))
        return known.get("nonce") != self.challenge.get("nonce")


def read_credentials(environment: Mapping[str, str]) -> Credentials:
    """Return the credentials that ``environment`` names.

    They are G7KG_STORE_USER and G7KG_STORE_PASSWORD (Basic, or Digest where that is demanded), or G7KG_STORE_TOKEN
    (Bearer). Raises ``WorkspaceError`` if they cannot be sent.
    """
    user, password = environment.get("G7KG_STORE_USER"), environment.get("G7KG_STORE_PASSWORD")
    token = environment.get("G7KG_STORE_TOKEN")
    if token:
        if not token.isascii() or not token.isprintable():
            raise WorkspaceError("G7KG_STORE_TOKEN holds characters that cannot be sent", hint="is it one line?")
        return Credentials(token=token)
    if (user is not None or password is not None) and (not user or password is None or ":" in user):
        raise WorkspaceError("the credentials are not complete", hint="set G7KG_STORE_USER and G7KG_STORE_PASSWORD")
    return Credentials(user, password)
