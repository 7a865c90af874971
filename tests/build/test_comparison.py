"""Two snapshots compared."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.helpers.project import QUICK, quiet
from tests.helpers.workspaces import change, copy_workspace, seed

from g7kg.build.diff import compare_snapshots, to_text
from g7kg.build.snapshot import Snapshot, build_snapshot
from g7kg.errors import WorkspaceError
from g7kg.mapping.workspace import Workspace


def test_a_snapshot_does_not_differ_from_itself(snapshot: Snapshot) -> None:
    assert list(compare_snapshots(snapshot.folder, snapshot.folder)) == []


def test_what_a_curator_changed_is_shown_and_what_follows_from_it_is_not(
    workspace: Workspace, snapshot: Snapshot, tmp_path: Path
) -> None:
    copy = copy_workspace(workspace, tmp_path)
    seed(copy.output, snapshot)
    como = tmp_path / "mappings" / "cernobbio-como-2024.yaml"
    change(como, "speechAct: thank", "speechAct: welcome")
    change(como, "The ministers look forward to the Canadian G7 Presidency of 2025.", "They look to Canada.")
    people = tmp_path / "mappings" / "registry" / "people.yaml"
    people.write_text(
        people.read_text("utf-8") + "\n  - id: person:nobody\n    type: Person\n    label: Nobody\n", "utf-8"
    )
    new = build_snapshot(copy, copy.output, None, quiet, QUICK)
    assert list(to_text(compare_snapshots(snapshot.folder, new.folder))) == [
        "changed id:cernobbio-como-2024/p2/s1",
        "  - g7:speechAct act:thank",
        "  + g7:speechAct act:welcome",
        "changed id:cernobbio-como-2024/p11/s1",
        "  - g7:gist “The ministers look forward to the Canadian G7 Presidency of 2025.”@en",
        "  + g7:gist “They look to Canada.”@en",
        "added id:person/nobody",
        "  + rdf:type foaf:Person",
        "  + skos:prefLabel “Nobody”@en",
    ]
    back = list(compare_snapshots(new.folder, snapshot.folder))
    assert [change_.kind for change_ in back] == ["changed", "changed", "removed"]


def test_another_language_or_datatype_of_a_value_is_a_change(tmp_path: Path) -> None:
    values = {"old": ('"2"', '"plain"@en'), "new": ('"2"^^<http://www.w3.org/2001/XMLSchema#integer>', '"plain"@fr')}
    for name, (count, gist) in values.items():
        lines = (f"<id:a> <p:{n}> {value} <g:m> .\n" for n, value in (("count", count), ("gist", gist)))
        (tmp_path / name).mkdir()
        (tmp_path / name / "g7kg.nq").write_text("".join(lines), "utf-8")
    assert list(to_text(compare_snapshots(tmp_path / "old", tmp_path / "new"))) == [
        "changed id:a",
        "  - p:count “2”",
        "  + p:count “2”^^xsd:integer",
        "  - p:gist “plain”@en",
        "  + p:gist “plain”@fr",
    ]


def test_a_folder_that_is_no_snapshot_is_refused(snapshot: Snapshot, tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="there is no snapshot here"):
        list(compare_snapshots(tmp_path, snapshot.folder))
