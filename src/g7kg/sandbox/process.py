"""The process of a check: it loads what it needs, gives up everything else, and reads what strangers sent."""

import subprocess
import sys
from pathlib import Path

from g7kg.errors import DataError, G7kgError, ShapesError
from g7kg.mapping.workspace import Workspace, find_workspace
from g7kg.sandbox.checking import check, load_engine, read_context
from g7kg.sandbox.confinement import confine, die_with_parent
from g7kg.sandbox.exchange import COMMAND, READY, CheckOutcome, CheckRequest, Source, error_to_bytes, read_outcome
from g7kg.texts.files import read_file


def run_check(request: CheckRequest, seconds: float) -> CheckOutcome:
    """Return the outcome of ``request``, from a process of its own that may take ``seconds``.

    Raises ``DataError`` or ``ShapesError`` for what cannot be read or used, or takes too long or too much,
    ``WorkerKilled`` if the process was ended.
    """
    try:
        finished = subprocess.run(  # noqa: S603 - it is this program
            COMMAND,
            input=request.to_bytes(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        hint = "check less at once, or allow more with --timeout"
        raise DataError(f"the check took more than {seconds:g} s", hint=hint) from error
    return read_outcome(finished.stdout, finished.returncode)


def main() -> None:
    """Answer the request on standard input."""
    die_with_parent()
    workspace = find_workspace()
    own, vocabulary, context = _read_folder(workspace.shapes), _read_vocabulary(workspace), read_context(workspace)
    request = CheckRequest.from_bytes(sys.stdin.buffer.read())
    try:
        load_engine(request.engine)
        confine(request.memory)
        sys.stdout.buffer.write(READY)
        sys.stdout.buffer.flush()
        answer = check(request, own, vocabulary, context).to_bytes()
    except (DataError, ShapesError) as error:
        answer = error_to_bytes(error)
    except G7kgError as error:
        answer = error_to_bytes(DataError(error.message, location=error.location, hint=error.hint))
    except MemoryError:
        answer = error_to_bytes(DataError("the check needs too much memory", hint="check less at once"))
    sys.stdout.buffer.write(answer)


def _read_vocabulary(workspace: Workspace) -> tuple[Source, ...]:
    terms = workspace.ontology / "g7.ttl"
    return (Source(terms.name, "ttl", read_file(terms)), *_read_folder(workspace.ontology / "schemes"))


def _read_folder(folder: Path) -> tuple[Source, ...]:
    return tuple(Source(path.name, "ttl", read_file(path)) for path in sorted(folder.glob("*.ttl")))
