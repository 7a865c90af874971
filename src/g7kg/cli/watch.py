"""``g7kg validate --watch``: the mappings checked again after every change, until one is content and goes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from g7kg.cli.terminal import say
from g7kg.errors import G7kgError
from g7kg.mapping.workspace import Workspace
from g7kg.shacl import Severity

if TYPE_CHECKING:
    from g7kg.curate.complaints import Complaint

_PAUSE: Final = 0.1
"""Seconds between two looks at the files."""

_State = Mapping[Path, tuple[int, int]]


def watch_project(workspace: Workspace, texts: Path | None, engine: str, jobs: int | None, least: Severity) -> None:
    """Check the project's mappings now and after every change of a file that they depend on; end when interrupted.

    Errors in what a file says, in its words and in references come first; where there are none, findings.
    """
    from g7kg.curate.complaints import group_complaints

    folders = (workspace.mappings, workspace.ontology, workspace.shapes, *([texts] if texts else []))
    try:
        for changed in watch_files(folders):
            begun = time.monotonic()
            names = [str(path.relative_to(workspace.root)) for path in changed if workspace.root in path.parents]
            complaints = check_project(workspace, texts, engine, jobs, least)
            for entry, stated in group_complaints(complaints, workspace.root, names).items():
                say(entry)
                for one in stated:
                    say(f"  {one.location.line or ''}: {one.text}" + (f" ({one.hint})" if one.hint else ""))
            found = f"{len(complaints)} to mend" if complaints else "conforms"
            say(f"{found}, after {time.monotonic() - begun:.1f} s")
            say("waiting for a change (Ctrl+C ends it)")
    except KeyboardInterrupt:
        say("")


def watch_files(folders: Sequence[Path], pause: float = _PAUSE) -> Iterator[list[Path]]:
    """Yield at once, and then whenever files in ``folders`` have changed, the paths of those that have.

    Looked at is when a file was changed and how large it is, every ``pause`` seconds.
    """
    seen: _State = {}
    while True:
        state = dict(_read_state(folders))
        if state != seen:
            changed = [path for path in state.keys() | seen.keys() if state.get(path) != seen.get(path)]
            yield sorted(changed) if seen else []
            seen = state
        else:
            time.sleep(pause)


def _read_state(folders: Iterable[Path]) -> Iterator[tuple[Path, tuple[int, int]]]:
    for path in (path for folder in folders for path in folder.rglob("[!.]*")):
        try:
            stated = path.stat()
        except OSError:  # it went between the two looks
            continue
        if path.is_file():
            yield path, (stated.st_mtime_ns, stated.st_size)


def check_project(
    workspace: Workspace, texts: Path | None, engine: str, jobs: int | None, least: Severity
) -> list[Complaint]:
    """Return what is wrong in the files or, if nothing is, with the graph; what has not changed is not asked again."""
    from g7kg.build.assembly import assemble, choose_jobs, validate_assembly
    from g7kg.build.pool import limit_jobs
    from g7kg.build.work import Means, open_work
    from g7kg.curate.complaints import list_complaints, list_findings

    with open_work(workspace.output) as work, tempfile.TemporaryDirectory(prefix="g7kg-") as folder:
        means = Means(work, lambda _: None, limit_jobs(jobs or choose_jobs(workspace)))
        try:
            assembly = assemble(workspace, texts, Path(folder), means)
            return list_findings(validate_assembly(assembly, means, engine).findings, least)
        except G7kgError as error:
            return list_complaints(error)
