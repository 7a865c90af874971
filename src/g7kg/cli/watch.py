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
    from g7kg.build.assembly import Inputs
    from g7kg.curate.complaints import Complaint

_PAUSE: Final = 0.1
"""Seconds between two looks at the files."""

_State = Mapping[Path, tuple[int, int]]


def watch_project(workspace: Workspace, texts: Path | None, engine: str, jobs: int | None, least: Severity) -> None:
    """Check the project's mappings now and after every change of a file that they depend on; end when interrupted.

    Errors in what a file says, in its words and in references come at once. Where there are none, what has changed is
    checked against the shapes, then everything.
    """
    from g7kg.curate.complaints import group_complaints

    folders = (workspace.mappings, workspace.ontology, workspace.shapes, *([texts] if texts else []))
    check = ProjectCheck(workspace, texts, engine, jobs, least)
    try:
        for changed in watch_files(folders):
            begun = time.monotonic()
            names = [str(path.relative_to(workspace.root)) for path in changed if workspace.root in path.parents]
            told: set[Complaint] = set()
            for what, complaints in check.run():
                new = [one for one in complaints if one not in told]
                told.update(new)
                for entry, stated in group_complaints(new, workspace.root, names).items():
                    say(entry)
                    for one in stated:
                        say(f"  {one.location.line or ''}: {one.text}" + (f" ({one.hint})" if one.hint else ""))
                found = f"{len(complaints)} to mend" if complaints else "conforms"
                say(f"{what}{found}, after {time.monotonic() - begun:.1f} s")
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


class ProjectCheck:
    """The check that is run again and again; it keeps the graph in memory, and knows so what has changed."""

    def __init__(
        self, workspace: Workspace, texts: Path | None, engine: str, jobs: int | None, least: Severity
    ) -> None:
        from g7kg.build.memory import MemoryGraph

        self.workspace, self.texts, self.engine, self.jobs, self.least = workspace, texts, engine, jobs, least
        self.graph = MemoryGraph(engine)
        self.inputs: Inputs | None = None

    def run(self) -> Iterator[tuple[str, list[Complaint]]]:
        """Yield what is wrong in the files or, if nothing is, with what has changed, and then with the whole graph."""
        from g7kg.build.assembly import choose_jobs, read_inputs, validate_assembly, write_graph
        from g7kg.build.pool import limit_jobs
        from g7kg.build.work import Means, open_work
        from g7kg.curate.complaints import list_complaints, list_findings

        with open_work(self.workspace.output) as work, tempfile.TemporaryDirectory(prefix="g7kg-") as folder:
            means = Means(work, lambda _: None, limit_jobs(self.jobs or choose_jobs(self.workspace)))
            try:
                before, self.inputs = self.inputs, read_inputs(self.workspace, self.texts, means, self.inputs)
                changed = self.graph.follow(self.inputs)
                if before:
                    found = self.graph.validate(self.inputs, changed, work)
                    yield "what has changed: ", list_findings(found, self.least)
                assembly = write_graph(self.inputs, Path(folder), means)
                yield "", list_findings(validate_assembly(assembly, means, self.engine).findings, self.least)
            except G7kgError as error:
                yield "", list_complaints(error)
