"""What Virtuoso 7 writes in its answers that is not as the specifications have it."""

import re
from io import BytesIO
from typing import IO, Final, cast

from g7kg.errors import Location, StoreError
from g7kg.http.endpoint import Reply

_BOOLEAN: Final = rb"http://www\.w3\.org/2001/XMLSchema#boolean"
_NUMBERS: Final = {b"0": b"false", b"1": b"true"}
_WRONG: Final = re.compile(
    rb'(?P<node>"type": "bnode", "value": ")nodeID://'
    rb'|(?P<typed>"datatype": "' + _BOOLEAN + rb'", "value": ")(?P<json>[01])(?=")'
    rb'|(?<!\\)"(?P<triple>[01])(?="\^\^<' + _BOOLEAN + rb">)"
)
"""A blank node named by an IRI, and booleans as numbers, each within a line.

None can stand in the text of a literal, where quotation marks have a backslash before them.
"""


_CUT: Final = ("X-SPARQL-MaxRows", "X-SQL-State")
"""Headers of an answer that is not whole."""


def is_virtuoso(reply: Reply) -> bool:
    """Whether ``reply`` says that Virtuoso has written it."""
    return str(reply.response.headers.get("server", "")).startswith("Virtuoso")


def mend(reply: Reply, *, boolean: bool) -> IO[bytes]:
    """Return the body of ``reply`` as it should be written; ``boolean``: it answers an ASK, for which it is a table.

    Raises ``StoreError`` if it says that rows are left out, because of a limit of its own.
    """
    if any(name in reply.response.headers for name in _CUT):
        hint = "raise ResultSetMaxRows and MaxQueryExecutionTime in its settings, or ask for less"
        raise StoreError("the store has cut its answer short", location=Location(reply.address), hint=hint)
    if not boolean:
        return cast("IO[bytes]", _Mended(reply))
    body = reply.read()
    if b"__ASK_RETVAL" in body:
        body = b'{"head":{},"boolean":%s}' % (b"true" if b'"value": "1"' in body else b"false")
    return BytesIO(body)


class _Mended:
    """A body that is mended line by line while it is read."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.rest = b""
        self.ready = b""

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes, none at the end; errors: see ``Reply.read``."""
        while not self.ready:
            data = self.reply.read(size)
            lines, end, self.rest = (self.rest + data).rpartition(b"\n") if data else (self.rest, b"", b"")
            self.ready = _WRONG.sub(_write_well, lines + end)
            if not data:
                break
        told, self.ready = self.ready[:size], self.ready[size:]
        return told


def _write_well(found: re.Match[bytes]) -> bytes:
    if found["node"]:
        return found["node"]
    if found["typed"]:
        return found["typed"] + _NUMBERS[found["json"]]
    return b'"' + _NUMBERS[found["triple"]]
