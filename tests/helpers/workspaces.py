"""Copies of the project's own files, to be changed."""

import os
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import yaml
from tests.helpers.project import ROOT, mkdir, quiet

from g7kg.build.assembly import Assembly, assemble, validate_assembly
from g7kg.build.snapshot import Snapshot
from g7kg.build.work import Means, WorkFolder
from g7kg.mapping.workspace import Workspace
from g7kg.shacl import Report
from g7kg.snapshot.publish import WORK, mark_output

EXAMPLE = ROOT / "docs" / "example"


def copy_workspace(workspace: Workspace, folder: Path) -> Workspace:
    for name in ("mappings", "ontology", "queries", "shapes"):
        shutil.copytree(workspace.root / name, folder / name)
    return Workspace(folder, folder / "build")


def seed(output: Path, snapshot: Snapshot) -> Path:
    """Return ``output`` with the finished pieces of the build of ``snapshot``: what builds there need not do again."""
    mark_output(output)
    with suppress(FileExistsError):
        shutil.copytree(snapshot.folder.parents[1] / WORK, output / WORK, copy_function=os.link)
    return output


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def make_workspace(folder: Path, documents: Mapping[str, Path]) -> Path:
    """Return ``folder`` as a workspace with the project's mappings and, by their names, ``documents``."""
    folder.mkdir(exist_ok=True)
    shutil.copytree(ROOT / "mappings", folder / "mappings")
    for name in ("ontology", "shapes", "queries"):
        (folder / name).symlink_to(ROOT / name)
    for name, path in documents.items():
        shutil.copy(path, folder / "mappings" / f"{name}.yaml")
    return folder


def read_statements(mapping: Path) -> dict[str, dict[str, object]]:
    """Return the statements in the file ``mapping`` by their ids."""
    parts = yaml.safe_load(mapping.read_text("utf-8"))["@graph"]
    return {statement["id"]: statement for part in parts for statement in part.get("statements", [])}


def build_graph(workspace: Workspace, folder: Path, work: Path) -> tuple[Assembly, Report]:
    """Return the graph and its report, made in the new ``folder`` with the finished pieces in ``work``."""
    means = Means(WorkFolder(work), quiet, 1)
    assembly = assemble(workspace, None, mkdir(folder), means)
    return assembly, validate_assembly(assembly, means, "shacl")


ENTRY = re.compile(r"^  - id: (\S+)\n(?:(?:    .*)?\n)*", re.MULTILINE)
_NAME = re.compile(r"[a-z]+:[a-z0-9-]+(?:/[a-z0-9-]+)*")
SMALL = ROOT / "mappings" / "cssii-2020.yaml"
"""The document of a small workspace: the earliest, so that it needs no other."""


def write_small(folder: Path, document: Path = SMALL, registry: Path | None = None) -> Workspace:
    """Write into ``folder`` a workspace with one ``document``, and what it needs of the registry: it is built soon.

    ``registry`` is a folder with more entries.
    """
    for name in ("ontology", "queries", "shapes"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "mappings" / "registry").mkdir(parents=True)
    text = document.read_text("utf-8")
    (folder / "mappings" / document.name).write_text(text, "utf-8")
    files = {path.name: path.read_text("utf-8") for path in (ROOT / "mappings" / "registry").glob("*.yaml")}
    for path in registry.glob("*.yaml") if registry else ():
        files[path.name] += path.read_text("utf-8")
    entries = {match[1]: match[0] for file in files.values() for match in ENTRY.finditer(file)}
    needed: set[str] = set()
    new = set(_NAME.findall(text)) & entries.keys()
    while new:  # ends: a name is new once
        needed |= new
        new = (set(_NAME.findall("".join(entries[name] for name in new))) & entries.keys()) - needed
    for name, file in files.items():
        kept = ENTRY.sub(lambda match: match[0] if match[1] in needed else "", file)
        if ENTRY.search(kept):
            (folder / "mappings" / "registry" / name).write_text(kept, "utf-8")
    return Workspace(folder, folder / "build")


def write_clone(folder: Path) -> dict[str, str]:
    """Write into ``folder`` a clone with that workspace; return the surroundings in which Python runs its program."""
    write_small(folder)
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return {**os.environ, "PYTHONPATH": str(folder / "src")}
