"""What a source has to offer: the manifest of its snapshot, and where the files of it are."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPResponse
from typing import Final

from g7kg.errors import TransferError, WorkspaceError
from g7kg.manifest import CURRENT, INDEX, MANIFEST, STORE, STORE_DIGESTS, Manifest, identify_files, parse_manifest
from g7kg.publication import name_snapshot
from g7kg.pulling.origin import Origin, read_whole

SERVED: Final = f"snapshot/{MANIFEST}"
"""Where a g7kg server has the manifest."""

PUBLISHED: Final = f"{CURRENT}/{MANIFEST}"
"""Where a plain web server has it, over an output folder."""

_LIMIT: Final = 16 << 20
"""Bytes that a list of digests may have; one of ten million quads has some ten thousand."""

_PROBLEM_LIMIT: Final = 1 << 16
_FILES: Final = (
    f"(?:(?!{MANIFEST}|{STORE_DIGESTS})[A-Za-z0-9][A-Za-z0-9._-]{{0,199}}|{STORE}/[A-Za-z0-9][A-Za-z0-9._-]{{0,199}})"
)
_DIGEST: Final = "[0-9a-f]{64}"
_ADDRESS: Final = re.compile(rf"/snapshot/({_DIGEST})/{re.escape(MANIFEST)}$")
_COUNTS: Final = ("quads", "default")


@dataclass(frozen=True)
class Offer:
    """A snapshot that a source has: what stands for its files, its manifest, below which path its files are.

    ``files`` has the SHA-256 of each by its path; ``tag`` is the entity tag under which the source knows the manifest.
    """

    digest: str
    manifest: Manifest
    base: str
    files: Mapping[str, str]
    tag: str | None


def find_offer(origin: Origin, tags: tuple[str, ...], check: Callable[[], None]) -> Offer | None:
    """Return what ``origin`` offers now, or ``None`` if that has one of the entity ``tags``.

    ``check`` is called while something is read and may raise. Raises ``TransferError`` if there is no snapshot that
    this g7kg can read and that may be handed on.
    """
    for path in (SERVED, PUBLISHED):
        with origin.ask(path, {"If-None-Match": ", ".join(tags)} if tags else {}) as response:
            if response.status == HTTPStatus.NOT_MODIFIED:
                return None
            if response.status == HTTPStatus.OK:
                data = read_whole(origin, path, response, _LIMIT, check)
                return _read_offer(origin, path, response, data, check)
            _raise_problem(origin, path, response)
    raise origin.fail("", "there is no snapshot: neither a g7kg server nor a published folder", "check the address")


def _raise_problem(origin: Origin, path: str, response: HTTPResponse) -> None:
    """Raise what a g7kg server says of itself, if ``response`` says why there is nothing (RFC 9457)."""
    if response.headers.get_content_type() != "application/problem+json":
        return
    try:
        said = json.loads(response.read(_PROBLEM_LIMIT))
        detail, hint = said["detail"], said["hint"]
    except (ValueError, KeyError, TypeError):
        return
    raise TransferError(str(detail), location=origin.locate(path), hint=str(hint))


def _read_offer(origin: Origin, path: str, response: HTTPResponse, data: bytes, check: Callable[[], None]) -> Offer:
    manifest = _read_manifest(origin, path, response, data)
    if path == SERVED:
        place = _ADDRESS.search(response.headers.get("Content-Location", ""))
        if place is None:
            raise origin.fail(path, "the answer is no g7kg server's: it does not say where the files are", _CHECK)
        base = f"snapshot/{place[1]}/"
    else:
        base = f"snapshots/{name_snapshot(data)}/"
    stored = _read_list(origin, base + STORE_DIGESTS, check)
    digest = identify_files(data, stored)
    if path == SERVED and digest != base.split("/")[1]:
        raise origin.fail(base + STORE_DIGESTS, "the digest of the lists of files is not that of their address")
    files = {**manifest.files, **_parse(origin, base + STORE_DIGESTS, stored)}
    if INDEX not in files or not all(_is_listed(name, value) for name, value in files.items()):
        raise origin.fail(base + STORE_DIGESTS, "the list of files is damaged", "have the source build it again")
    return Offer(digest, manifest, base, files, response.headers.get("ETag"))


_CHECK: Final = "check the address, and what stands between"


def _read_manifest(origin: Origin, path: str, response: HTTPResponse, data: bytes) -> Manifest:
    if response.headers.get_content_type() == "text/html" or data.lstrip()[:1] == b"<":
        raise origin.fail(path, "the source answers with a page, not with a snapshot", _CHECK)
    try:
        manifest = parse_manifest(data, origin.address + path)
    except WorkspaceError as error:
        hint = "have the source build it again, or use the g7kg that the source uses"
        raise TransferError(error.message, location=error.location, hint=hint) from error
    counts = all(isinstance(getattr(manifest, name), int) for name in _COUNTS)
    if not counts or not isinstance(manifest.files, dict) or not re.fullmatch(_DIGEST, str(manifest.digest)):
        raise origin.fail(path, "the manifest is damaged", "have the source build it again")
    if manifest.texts:
        message = "the snapshot holds the words of documents, which belong to their authors: it is not handed on"
        raise origin.fail(path, message, "have the source build it without --texts")
    return manifest


def _read_list(origin: Origin, path: str, check: Callable[[], None]) -> bytes:
    with origin.ask(path) as response:
        if response.status != HTTPStatus.OK:
            raise Moved(origin, path)
        return read_whole(origin, path, response, _LIMIT, check)


def _parse(origin: Origin, path: str, data: bytes) -> dict[str, str]:
    try:
        listed = json.loads(data)
    except ValueError as error:
        raise origin.fail(path, "the list of files is damaged: it is no JSON", _CHECK) from error
    if not isinstance(listed, dict):
        raise origin.fail(path, "the list of files is damaged: it is no object", _CHECK)
    return listed


def _is_listed(name: str, digest: object) -> bool:
    """Whether a list of files may have this entry: a path that stays in the snapshot, a SHA-256."""
    return bool(re.fullmatch(_FILES, name)) and isinstance(digest, str) and bool(re.fullmatch(_DIGEST, digest))


class Moved(TransferError):
    """The source has another snapshot by now."""

    def __init__(self, origin: Origin, path: str) -> None:
        message = "the source does not have this file, or has another snapshot by now"
        super().__init__(message, location=origin.locate(path), hint="try again")
