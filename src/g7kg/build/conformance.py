"""Validation of a graph on the disk: SPARQL targets on the whole of it, everything else document by document.

A SPARQL target may compare anything with anything, so Oxigraph selects its nodes in the whole graph. All other shapes
look no further than their steps (``validation.reach``), so that each file of the graph is a unit of work: its subjects
are validated with what the whole graph says of them and around them. What was found is kept for as long as neither that
nor the shapes change; whether that has changed is told by digests at first, and looked at only if they differ.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox
from pyoxigraph import Quad, RdfFormat, Triple

from g7kg.build.memo import Digests, Memo, find_bucket
from g7kg.build.pool import run_tasks, split_tasks
from g7kg.build.work import Means, WorkFolder
from g7kg.errors import ShapesError
from g7kg.rdf.lines import read_lines
from g7kg.rdf.paths import read_path, write_path
from g7kg.rdf.terms import from_term, to_term
from g7kg.rdf.vocab import RDF, SH, Term
from g7kg.shacl import Engine, Finding, Report, Severity, load_engine, name_engine, read_shapes
from g7kg.shacl.focus import Subject, find_focus_nodes, list_selections, mark_shapes, name_nodes, select_focus_nodes
from g7kg.shacl.reach import HINT, list_remote, read_around, read_reach, read_subclasses
from g7kg.shacl.targets import read_query
from g7kg.shacl.trusted import list_untrusted

_FINDINGS: Final = ".findings"
_CHECKED: Final = ".checked"
"""Those of a file."""

_BATCH: Final = 32
"""Files that a process takes at a time: it opens the store and loads the shapes once for them."""

_TARGETS: Final = 4

_SELECTED: Final = 2_000
"""Selected nodes that are validated together."""


@dataclass(frozen=True)
class _Task:
    """Something to be done on the store in ``store`` under the shapes in the file ``shapes``."""

    store: Path
    shapes: Path
    engine: str
    work: WorkFolder
    files: tuple[tuple[Path, str], ...] = ()
    selections: tuple[int, ...] = ()
    selected: tuple[tuple[Subject, Term], ...] = ()


def validate_store(  # noqa: PLR0913 - a graph on the disk is several files
    store: Path, files: Sequence[Path], shapes: Path, engine: str, means: Means, *, digests: Digests
) -> Report:
    """Return the report of ``engine`` on the default graph of ``store``, which no one else has open, under ``shapes``.

    ``files`` and ``shapes`` are N-Quads; the former have all subjects of the graph, of which ``digests`` tell what has
    changed. Raises ``ShapesError`` for shapes that look further than a document's neighbourhood other than by a SPARQL
    target.
    """
    task = _Task(store, shapes, engine, means.work)
    validation = _Validation(task, digests)  # it may refuse the shapes, before there is any work
    findings: set[Finding] = set()
    selected = _run_selections(validation, means)
    for found in _run(validation, files, selected, means):
        findings.update(found)
    ordered = tuple(sorted(findings, key=lambda finding: finding.sort_key))
    opened = validation.store
    classes = [*validation.subclasses, *_read_types(opened)]
    focus = name_nodes(find_focus_nodes(validation.shapes, classes, selected))
    return Report(ordered, len(opened), read_shapes(ox.parse(path=str(shapes))), name_engine(engine), focus)


def _read_types(store: ox.Store) -> Iterator[Triple]:
    return (quad.triple for quad in store.quads_for_pattern(None, RDF("type"), None, ox.DefaultGraph()))


def _run_selections(validation: _Validation, means: Means) -> list[tuple[Subject, Term]]:
    """Return the shapes whose targets are no classes, each with every node that they select."""
    means.progress("selecting focus nodes")
    targets = list_selections(validation.shapes)
    found = {number: validation.recall_nodes(target) for number, target in enumerate(targets)}
    missing = [number for number, nodes in found.items() if nodes is None]
    tasks = [replace(validation.task, selections=tuple(run)) for run in split_tasks(missing, _TARGETS, means.jobs)]
    select = _select if min(means.jobs, len(tasks)) > 1 else validation.select
    for number, nodes in zip(missing, chain.from_iterable(run_tasks(select, tasks, means.jobs)), strict=True):
        found[number] = nodes
        validation.keep_nodes(targets[number], nodes)
    return [(targets[number].subject, node) for number, nodes in found.items() for node in nodes or ()]


def _run(
    validation: _Validation, files: Sequence[Path], selected: list[tuple[Subject, Term]], means: Means
) -> Iterator[Iterable[Finding]]:
    progress, jobs, task = means.progress, means.jobs, validation.task
    progress("validating")
    missing = []
    for file, key in ((file, validation.make_key(file)) for file in files):
        if (kept := validation.recall(key, _CHECKED)) is None:
            missing.append((file, key))
        else:
            yield kept
    parts = [replace(task, files=tuple(run)) for run in split_tasks(missing, _BATCH, jobs)]
    parts += [replace(task, selected=tuple(run)) for run in split_tasks(selected, _SELECTED, 2)]
    done = len(files) - len(missing)
    validate = _validate if min(jobs, len(parts)) > 1 else validation.run
    for part, found in zip(parts, run_tasks(validate, parts, jobs), strict=True):
        done += len(part.files)
        progress(f"validating: {done:,} of {len(files):,}")
        yield found


def _select(task: _Task) -> list[set[Term]]:
    return _Validation(task).select(task)


def _validate(task: _Task) -> list[Finding]:
    return _Validation(task).run(task)


class _Validation:
    """A store and shapes, opened for ``task`` and others on the same; errors as ``validate_store``."""

    def __init__(self, task: _Task, digests: Digests | None = None) -> None:
        self.task, self.work, self.digests = task, task.work, digests or {}
        self.store = ox.Store.read_only(str(task.store))
        shapes = ox.parse(path=str(task.shapes), format=RdfFormat.N_QUADS)
        self.shapes = ox.Dataset(Quad(*quad.triple) for quad in shapes)
        if unknown := list_untrusted(self.shapes):
            raise ShapesError(f"the project's shapes cannot use {', '.join(unknown)}", hint=HINT)
        self.marking = mark_shapes(quad.triple for quad in self.shapes)
        self.reach = read_reach(self.shapes, self.marking.marks)
        self.subclasses = read_subclasses(self.store)
        self.inputs = (b"findings", task.engine.encode(), "".join(sorted(map(str, self.shapes))).encode())
        self.engine: Engine | None = None

    def select(self, task: _Task) -> list[set[Term]]:
        """Return the nodes that each of the targets ``task.selections``, by number, selects."""
        targets = list_selections(self.shapes)
        return [select_focus_nodes(self.store, self.shapes, targets[number]) for number in task.selections]

    def recall_nodes(self, target: Quad) -> set[Term] | None:
        """Return the nodes that ``target`` selects, if it is a query and they are kept."""
        is_query = target.predicate == SH("target")
        kept = Memo(self.work, *read_query(self.shapes, target)).recall(self.digests) if is_query else None
        return None if kept is None else set(map(to_term, json.loads(kept)))

    def keep_nodes(self, target: Quad, nodes: Iterable[Term]) -> None:
        """Keep the ``nodes`` that ``target`` selects, if it is a query."""
        if target.predicate == SH("target"):
            stated = json.dumps(sorted(from_term(node) for node in nodes if not isinstance(node, Triple)))
            Memo(self.work, *read_query(self.shapes, target)).keep(self.digests, self.store, stated.encode())

    def run(self, task: _Task) -> list[Finding]:
        """Return what is found at the subjects of ``task.files``, and at the nodes of ``task.selected``."""
        findings: list[Finding] = []
        for file, key in task.files:
            found = self.find_at({quad.subject for quad in ox.parse(path=str(file), format=RdfFormat.N_QUADS)})
            self.work.keep(key, _CHECKED, _write_findings(found))
            findings += found
        if task.selected:
            nodes = {node for _, node in task.selected}
            triples = {*read_around(self.store, nodes, self.reach), *self.subclasses}
            findings += self.find(triples, {self.marking.mark(shape, node) for shape, node in task.selected})
        return findings

    def make_key(self, file: Path) -> str:
        """Return the key of what is found at the subjects of ``file``: by what is said of them, and remotely."""
        subjects = sorted({line.split(b" ", 1)[0] for line in read_lines([file])})
        read = sorted({*map(find_bucket, subjects), *list_remote(self.reach)})
        state = repr([(key, self.digests.get(key, 0)) for key in read]).encode()
        return self.work.make_key(b"file", *self.inputs, b"\n".join(subjects), state)

    def find_at(self, nodes: Collection[Term]) -> tuple[Finding, ...]:
        """Return what shapes that target classes find at ``nodes``: all but what other targets select."""
        triples = {*read_around(self.store, nodes, self.reach), *self.subclasses}
        return self.find(triples, set(self.marking.mark_instances(triples, nodes)))

    def find(self, triples: set[Triple], marks: set[Triple]) -> tuple[Finding, ...]:
        """Return what is found at the marked nodes: what is kept, if the same was validated before."""
        if not marks:
            return ()
        data = triples | marks
        key = self.work.make_key(*self.inputs, "\n".join(sorted(map(str, data))).encode())
        if (kept := self.recall(key, _FINDINGS)) is not None:
            return kept
        if self.engine is None:
            self.engine = load_engine(self.marking.shapes, self.task.engine)
        found = self.engine(data)
        self.work.keep(key, _FINDINGS, _write_findings(found))
        return found

    def recall(self, key: str, suffix: str) -> tuple[Finding, ...] | None:
        """Return the findings that are kept as a piece."""
        kept = self.work.find(key, suffix)
        return None if kept is None else _read_findings(kept)


def _write_findings(findings: Iterable[Finding]) -> bytes:
    stated = [asdict(one) | {"path": None if one.path is None else write_path(one.path)} for one in findings]
    return json.dumps(stated).encode()


def _read_findings(data: bytes) -> tuple[Finding, ...]:
    def to_finding(stated: dict[str, Any]) -> Finding:
        path = None if stated["path"] is None else read_path(stated["path"])
        others = tuple((text, language) for text, language in stated["others"])
        return Finding(**stated | {"path": path, "severity": Severity(stated["severity"]), "others": others})

    return tuple(map(to_finding, json.loads(data)))
