"""``g7kg validate --watch``: what is wrong is told by entry, after every change."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.helpers.project import ROOT
from tests.helpers.workspaces import change

from g7kg.build.pointers import match_documents, verify_document
from g7kg.cli import main
from g7kg.cli.watch import check_project, watch_files
from g7kg.curate.complaints import group_complaints, list_complaints, list_findings
from g7kg.errors import G7kgError, Location, Problems
from g7kg.mapping.context import read_context
from g7kg.mapping.reader import read_mapping_file
from g7kg.mapping.workspace import Workspace
from g7kg.shacl import Finding, Severity
from g7kg.texts.sources import read_sources

NAME = "mappings/cernobbio-como-2024.yaml"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "mappings").mkdir()
    return Path(shutil.copy(ROOT / NAME, tmp_path / NAME))


def tell(path: Path, texts: Path | None = None) -> dict[str, list[str]]:
    """Return what is wrong with the mapping, by entry."""
    root = path.parents[1]
    try:
        file = read_mapping_file(path, path.parent, root, read_context(ROOT / "ontology" / "context.jsonld"))
        matched = match_documents([file], dict(read_sources(texts)) if texts else {})
        problems: list[G7kgError] = [one for _, document in matched for one in verify_document(file, document)]
    except G7kgError as error:
        problems = [error]
    groups = group_complaints(list_complaints(Problems(problems)), root)
    return {entry: [one.text for one in told] for entry, told in groups.items()}


def test_errors_of_a_real_document_stand_below_their_entries(path: Path, texts: Path) -> None:
    assert tell(path, texts) == {}
    change(path, "    digest: sha256-f680", "    digest: sha256-0000")
    change(path, 'firstWords: "We recognise the potential', 'firstWords: "We see the potential')
    (first, digest), (second, words) = tell(path, texts).items()
    assert (first, second) == (f"{NAME}:12 p1", f"{NAME}:165 p4/s1")
    assert len(digest) == 1
    assert [one.partition("“We see the potential")[0] for one in words] == ["error: the span does not begin with "]


def test_what_cannot_be_read_comes_alone(path: Path) -> None:
    change(path, "        speechAct: thank", "        speechAct: [thank")
    assert list(tell(path)) == [f"{NAME}:102 p2/s1"]


def test_violations_come_before_warnings_and_changed_files_before_others(tmp_path: Path) -> None:
    def find(severity: Severity, name: str) -> Finding:
        return Finding(severity, "x", None, None, "y", "z", severity.word, Location(name, 1))

    found = [find(Severity.WARNING, "a"), find(Severity.WARNING, "b"), find(Severity.VIOLATION, "b")]
    groups = group_complaints(list_findings(found, Severity.WARNING), tmp_path, ["b"])
    assert {entry: [one.text for one in told] for entry, told in groups.items()} == {
        "b": ["violation: violation", "warning: warning"],
        "a": ["warning: warning"],
    }
    assert len(list_findings(found, Severity.VIOLATION)) == 1


def test_files_that_are_changed_made_and_removed_are_told(path: Path) -> None:
    changes = watch_files([path.parent], 0)
    assert next(changes) == []
    new = path.with_name("new.yaml")
    new.write_text("x", "utf-8")
    assert next(changes) == [new]
    change(path, "language: en", "language: fr-CA")
    new.unlink()
    assert next(changes) == [path, new]


def test_after_every_change_all_that_is_wrong_is_told(small: Workspace) -> None:
    def check() -> set[str]:
        return {one.text.partition(" (")[0] for one in check_project(small, None, "shacl", None, Severity.VIOLATION)}

    path = small.mappings / "cssii-2020.yaml"
    assert check() == set()
    change(path, "        count: 20\n", "        count: 20\n        due: 1999-01-01\n")
    assert check() == {"violation: ST-31"}
    change(path, "        speechAct: state", "        speechAct: [state")
    (error,) = check()
    assert error.startswith("error: ")


def test_to_watch_is_for_the_mappings_and_the_screen(path: Path) -> None:
    for arguments in ([str(path)], ["--format", "json"]):
        done = CliRunner().invoke(main, ["validate", "--watch", *arguments])
        assert (done.exit_code, "--watch is for the mappings" in done.output) == (2, True)
