"""The error tree: every failure that g7kg reports says what, where and what to do.

One shallow tree; the command line and the server each hold one table from these classes to exit codes and to HTTP
statuses. Anything else that escapes is a defect.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path


@dataclass(frozen=True)
class Location:
    """A place in an input: file (as the user named it), 1-based line and column; each may be unknown."""

    path: str | None = None
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)


class G7kgError(Exception):
    """Base of the tree.

    ``message`` says what is wrong, ``location`` where, ``hint`` what to do; ``str()`` joins the three in one line.
    """

    def __init__(self, message: str, *, location: Location | Path | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.location = Location(str(location)) if isinstance(location, Path) else location or Location()
        self.hint = hint

    def __str__(self) -> str:
        where = str(self.location)
        return (f"{where}: " if where else "") + self.message + (f" ({self.hint})" if self.hint else "")


class MappingError(G7kgError):
    """A mapping file says something that its form does not allow."""


class TextError(G7kgError):
    """A source document cannot be read, or its words are not those that a mapping points to."""


class DataError(G7kgError):
    """A file of RDF cannot be read."""


class ShapesError(G7kgError):
    """A shapes graph cannot be used: it is ill-formed, or recursive."""


class QueryError(G7kgError):
    """A query is not valid SPARQL, or uses what this service refuses."""


class RuleError(G7kgError):
    """A CONSTRUCT rule cannot be read or applied."""


class WorkspaceError(G7kgError):
    """A folder, file or port that the work needs is missing, damaged or not to be had."""


class NonConformance(G7kgError):
    """The graph violates a shape; nothing was published."""


class EngineError(G7kgError):
    """A query was accepted, but no result could be produced."""


class EngineFault(EngineError):
    """The engine has failed at a query, by a fault of its own: it will fail again."""


class ClientLeft(EngineError):
    """Whoever asked a query is no longer there."""


class QueryTimeout(EngineError):
    """A query ran into its deadline."""


class StoreError(EngineError):
    """The SPARQL service that holds the graph cannot be reached, or answers as none should.

    ``transient``: the same request may be answered in a moment.
    """

    def __init__(
        self, message: str, *, location: Location | None = None, hint: str | None = None, transient: bool = False
    ) -> None:
        super().__init__(message, location=location, hint=hint)
        self.transient = transient


class Overload(EngineError):
    """All workers are busy and the queue is full; the caller should try again later."""


class WorkerKilled(Overload):
    """The process that worked on something was ended from outside; the caller should try again."""


class ClientOverload(Overload):
    """One client has more queries waiting than its share; it should try again later."""


class NotAcceptable(G7kgError):
    """None of the formats that the caller accepts can be produced."""


class RequestError(G7kgError):
    """An HTTP request that breaks the protocol: a parameter missing, given twice or malformed."""


class MethodNotAllowed(RequestError):
    """A resource does not know the method of an HTTP request; ``allowed`` lists those that it knows."""

    def __init__(self, method: str, allowed: str) -> None:
        super().__init__(f"{method} is not for this resource", hint=f"use {allowed}")
        self.allowed = allowed


class Misdirected(RequestError):
    """An HTTP request names a host that this server does not answer for."""


class UnsupportedMediaType(G7kgError):
    """The body of an HTTP request is in a media type that its operation does not take."""


class TooLarge(G7kgError):
    """A request, an answer, or what it takes to find the answer is larger than this server deals with."""


class NotFound(G7kgError):
    """There is no such resource."""


class Gone(NotFound):
    """What was asked for stood here once and was retired."""


class Problems(G7kgError):
    """Several errors of one input, reported together so that a curator mends them in one go."""

    def __init__(self, problems: Iterable[G7kgError]) -> None:
        self.problems = tuple(chain.from_iterable(_flatten(problem) for problem in problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def _flatten(problem: G7kgError) -> tuple[G7kgError, ...]:
    return problem.problems if isinstance(problem, Problems) else (problem,)


def raise_problems(problems: Iterable[G7kgError]) -> None:
    """Raise ``Problems`` (or the only error itself) if there is any; otherwise return."""
    found = tuple(problems)
    if len(found) == 1:
        raise found[0]
    if found:
        raise Problems(found)
