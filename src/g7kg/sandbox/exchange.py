"""What the process that checks other people's RDF is asked, and what it answers."""

from __future__ import annotations

import json
import signal
from dataclasses import asdict, dataclass, fields
from itertools import chain
from typing import Any, Final

from g7kg.errors import DataError, G7kgError, Location, ShapesError, WorkerKilled
from g7kg.rdf.formats import RDF_FORMATS
from g7kg.sandbox.confinement import isolate

COMMAND: Final = isolate("from g7kg.sandbox.process import main; main()")
"""What starts the process: it reads a request from standard input and writes an outcome to standard output."""

READY: Final = b"\n"
"""What the process writes when it has loaded everything and the check begins: white space before an outcome."""

DOCUMENTS: Final = {one.media_type: one.name for one in RDF_FORMATS}
"""Names of the formats of RDF that are read, by media type; the names are also the usual extensions."""


@dataclass(frozen=True)
class Source:
    """One document: its name for messages, the name of its format, its bytes."""

    name: str
    format: str
    data: bytes


@dataclass(frozen=True)
class CheckRequest:
    """Documents to be checked together, shapes to check them against (none: the project's own), and how to tell.

    ``rendering`` names the form of the report, ``engine`` the SHACL implementation; ``memory`` is the bytes of address
    space that the check may take. ``least`` is the least severity that fails; ``unread`` are the IRIs of imports that
    cannot be had.
    """

    data: tuple[Source, ...]
    shapes: tuple[Source, ...]
    rendering: str
    memory: int
    engine: str = "pyshacl"
    least: str = "VIOLATION"
    unread: tuple[str, ...] = ()

    def to_bytes(self) -> bytes:
        """Return the request as the process reads it: a line of JSON, then the documents as they are."""
        sources = {"data": self.data, "shapes": self.shapes}
        stated: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        stated |= {key: [(one.name, one.format, len(one.data)) for one in some] for key, some in sources.items()}
        return b"\n".join((json.dumps(stated).encode(), b"".join(one.data for one in chain(*sources.values()))))

    @staticmethod
    def from_bytes(text: bytes) -> CheckRequest:
        """Return the request that ``text`` holds."""
        end = text.index(b"\n") + 1
        stated: dict[str, Any] = json.loads(text[:end])
        for key in ("data", "shapes"):
            sources = []
            for name, form, size in stated[key]:
                sources.append(Source(name, form, text[end : end + size]))
                end += size
            stated[key] = tuple(sources)
        return CheckRequest(**stated | {"unread": tuple(stated["unread"])})


@dataclass(frozen=True)
class CheckOutcome:
    """A report, rendered, and the gravest severity in it: ``INFO``, ``WARNING``, ``VIOLATION``, ``None`` for none.

    ``empty`` tells that no node was checked. Where shapes import files that were not in the request, there is no report
    but ``wanted``: pairs of the importing file and the IRI that it imports.
    """

    severity: str | None
    text: str
    empty: bool = False
    wanted: tuple[tuple[str, str], ...] = ()

    def to_bytes(self) -> bytes:
        """Return the outcome as the process writes it."""
        return json.dumps(asdict(self)).encode()


def error_to_bytes(error: G7kgError) -> bytes:
    """Return ``error`` as the process writes it in place of an outcome."""
    place = error.location
    kind = "ShapesError" if isinstance(error, ShapesError) else "DataError"
    return json.dumps({"error": [kind, error.message, place.path, place.line, place.column, error.hint]}).encode()


def read_outcome(text: bytes, code: int = 0) -> CheckOutcome:
    """Return the outcome that ``text`` holds; raise the error that stands in its place, ``DataError`` for nothing.

    ``code`` is the exit code of its process, negative for a signal: ``WorkerKilled`` for one that was ended.
    """
    if not text.strip() and code in {-signal.SIGKILL, -signal.SIGTERM}:
        raise WorkerKilled("the process of the check was ended from outside", hint="try again")
    if not text.strip():
        raise DataError("the check has died", hint="it needs too much memory, or is nested too deep")
    stated: dict[str, Any] = json.loads(text)
    if "error" in stated:
        kind, message, path, line, column, hint = stated["error"]
        class_ = ShapesError if kind == "ShapesError" else DataError
        raise class_(message, location=Location(path, line, column), hint=hint)
    return CheckOutcome(**stated | {"wanted": tuple((file, iri) for file, iri in stated["wanted"])})
