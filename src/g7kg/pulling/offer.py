"""What a source has to offer: the manifest of its snapshot, and where the files of it are."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from g7kg.errors import TransferError, WorkspaceError
from g7kg.pulling.origin import Answer, Origin
from g7kg.snapshot.manifest import (
    CURRENT,
    INDEX,
    MANIFEST,
    STORE,
    STORE_DIGESTS,
    Manifest,
    identify_files,
    parse_manifest,
)
from g7kg.snapshot.publish import name_snapshot

SERVED: Final = f"snapshot/{MANIFEST}"
"""Where a g7kg server has the manifest."""

PUBLISHED: Final = f"{CURRENT}/{MANIFEST}"
"""Where a plain web server has it, over an output folder."""

_LIMIT: Final = 16 << 20
"""Bytes that a list of digests may have; one of ten million quads has some ten thousand."""

_PROBLEM_LIMIT: Final = 1 << 16
_NAME: Final = "[A-Za-z0-9][A-Za-z0-9._-]{0,199}"
_LISTED: Final = re.compile(rf"(?!manifest\.json|store\.json){_NAME}|{STORE}/{_NAME}")
"""Paths that a list of files may have: such as stay in the snapshot and are not the lists themselves."""

_DIGEST: Final = "[0-9a-f]{64}"
_ADDRESS: Final = re.compile(rf"/snapshot/({_DIGEST})/{re.escape(MANIFEST)}$")
_TAG: Final = re.compile(r'(?:W/)?"[\x21\x23-\x7e]*"')
_SAID: Final = 500
"""How much of what a source says is shown."""

_COUNTS: Final = ("quads", "default")
_TABLES: Final = ("graphs", "classes", "properties", "files")


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
        with origin.ask(path, {"If-None-Match": ", ".join(tags)} if tags else {}) as answer:
            if answer.status == HTTPStatus.NOT_MODIFIED:
                return None
            if answer.status == HTTPStatus.OK:
                data = answer.read(_LIMIT, check)
                return _read_offer(origin, path, answer, data, check)
            _raise_problem(origin, path, answer, check)
    raise origin.fail("", "there is no snapshot: neither a g7kg server nor a published folder", "check the address")


def _raise_problem(origin: Origin, path: str, answer: Answer, check: Callable[[], None]) -> None:
    """Raise what a g7kg server says of itself, if ``response`` says why there is nothing (RFC 9457)."""
    if answer.headers.get_content_type() != "application/problem+json":
        return
    try:
        said = json.loads(answer.read(_PROBLEM_LIMIT, check))
        detail, hint = said["detail"], said["hint"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return
    raise TransferError(_clean(detail), location=origin.locate(path), hint=_clean(hint))


def _read_offer(origin: Origin, path: str, answer: Answer, data: bytes, check: Callable[[], None]) -> Offer:
    manifest = _read_manifest(origin, path, answer, data)
    if path == SERVED:
        place = _ADDRESS.search(answer.headers.get("Content-Location", ""))
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
    return Offer(digest, manifest, base, files, _read_tag(answer))


_CHECK: Final = "check the address, and what stands between"


def _read_manifest(origin: Origin, path: str, answer: Answer, data: bytes) -> Manifest:
    if answer.headers.get_content_type() == "text/html" or data.lstrip()[:1] == b"<":
        raise origin.fail(path, "the source answers with a page, not with a snapshot", _CHECK)
    try:
        manifest = parse_manifest(data, origin.address + path)
    except WorkspaceError as error:
        hint = "have the source build it again, or use the g7kg that the source uses"
        raise TransferError(_clean(error.message), location=error.location, hint=hint) from error
    counts = all(isinstance(getattr(manifest, name), int) for name in _COUNTS)
    tables = all(isinstance(getattr(manifest, name), dict) for name in _TABLES)
    if not counts or not tables or not re.fullmatch(_DIGEST, str(manifest.digest)):
        raise origin.fail(path, "the manifest is damaged", "have the source build it again")
    if manifest.texts:
        message = "the snapshot holds the words of documents, which belong to their authors: it is not handed on"
        raise origin.fail(path, message, "have the source build it without --texts")
    return manifest


def _read_list(origin: Origin, path: str, check: Callable[[], None]) -> bytes:
    with origin.ask(path) as answer:
        if answer.status != HTTPStatus.OK:
            raise report_missing(origin, path)
        return answer.read(_LIMIT, check)


def _parse(origin: Origin, path: str, data: bytes) -> dict[str, str]:
    try:
        listed = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise origin.fail(path, "the list of files is damaged: it is no JSON", _CHECK) from error
    if not isinstance(listed, dict):
        raise origin.fail(path, "the list of files is damaged: it is no object", _CHECK)
    return listed


def _read_tag(answer: Answer) -> str | None:
    """Return the entity tag of ``answer``, if it has one that can be sent back (RFC 9110, section 8.8.3)."""
    tag = answer.headers.get("ETag", "")
    return tag if _TAG.fullmatch(tag) else None


def _clean(text: object) -> str:
    """Return what a source says as a terminal may show it."""
    return "".join(character for character in str(text) if character.isprintable())[:_SAID]


def _is_listed(name: str, digest: object) -> bool:
    """Whether a list of files may have this entry: a path that stays in the snapshot, a SHA-256."""
    return bool(_LISTED.fullmatch(name)) and isinstance(digest, str) and bool(re.fullmatch(_DIGEST, digest))


class Moved(TransferError):
    """The source has not the files that it offered: perhaps another snapshot by now."""


def report_missing(origin: Origin, path: str) -> Moved:
    """Return the error that says that there is nothing at ``path``."""
    return Moved("the source offers this file and does not have it", location=origin.locate(path), hint="try again")
