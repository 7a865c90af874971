"""Two snapshots compared."""

from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse
from tests.helpers.project import QUICK, Run, quiet
from tests.helpers.workspaces import change

from g7kg.build.diff import compare_snapshots, to_text
from g7kg.build.load import count_changes
from g7kg.build.snapshot import Snapshot, build_snapshot
from g7kg.errors import WorkspaceError
from g7kg.mapping.workspace import Workspace


def test_a_snapshot_does_not_differ_from_itself(snapshot: Snapshot) -> None:
    assert list(compare_snapshots(snapshot.folder, snapshot.folder)) == []


def test_what_a_curator_changed_is_shown_and_what_follows_from_it_is_not(built: tuple[Workspace, Snapshot]) -> None:
    workspace, old = built
    catalogue = workspace.mappings / "cssii-2020.yaml"
    change(catalogue, "speechAct: state", "speechAct: describe")
    gist = "In 2017 the foreign ministers issued a declaration on responsible behaviour of states in cyberspace."
    change(catalogue, gist, "They declared.")
    places = workspace.mappings / "registry" / "places.yaml"
    nowhere = "\n  - id: place:nowhere\n    type: Place\n    label: Nowhere\n    inCountry: country:japan\n"
    places.write_text(places.read_text("utf-8") + nowhere, "utf-8")
    new = build_snapshot(workspace, workspace.output, None, quiet, QUICK)
    assert list(to_text(compare_snapshots(old.folder, new.folder))) == [
        "changed id:cssii-2020/intro/s1",
        "  - g7:speechAct act:state",
        "  + g7:speechAct act:describe",
        "changed id:cssii-2020/intro/s4",
        f"  - g7:gist “{gist}”@en",
        "  + g7:gist “They declared.”@en",
        "added id:place/nowhere",
        "  + rdf:type schema:Place",
        "  + skos:prefLabel “Nowhere”@en",
        "  + schema:containedInPlace id:country/japan",
    ]
    back = list(compare_snapshots(new.folder, old.folder))
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


PREFIXES = "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix : <http://e/> .\n"


@pytest.mark.parametrize(
    ("values", "changed"),
    [
        ('"1.50"^^xsd:decimal, "1.5"^^xsd:decimal, "2.0"^^xsd:decimal', {"decimal": 2}),
        ('"007"^^xsd:integer, "7"^^xsd:integer, "-0"^^xsd:integer', {"integer": 2}),
        ('"1"^^xsd:nonNegativeInteger', {"nonNegativeInteger": 1}),
        ('"2020-01-01T00:00:00.0Z"^^xsd:dateTime, "2020-01-01T00:00:00Z"^^xsd:dateTime', {"dateTime": 1}),
        ('"1"^^xsd:boolean, true, "x"^^xsd:integer, "2020-01-01"^^xsd:date, "a", "b"@en, :c, _:d', {"boolean": 1}),
    ],
)
def test_values_that_are_stored_in_another_form_are_counted(values: str, changed: dict[str, int]) -> None:
    quads = parse(f"{PREFIXES}:a :p {values} .", format=RdfFormat.TURTLE)
    found = {name.rpartition("#")[2]: change.count for name, change in count_changes(quads).items()}
    assert found == changed


def test_loading_tells_what_the_store_changes(tmp_path: Path, g7kg: Run) -> None:
    for name in "ab":
        text = f'{PREFIXES}:{name} :p "1.50"^^xsd:decimal, 7, "1"^^xsd:nonNegativeInteger .'
        (tmp_path / f"{name}.ttl").write_text(text)
    done = g7kg("load", tmp_path / "a.ttl", tmp_path / "b.ttl", "--out", tmp_path / "out")
    assert done.returncode == 0
    xsd = "http://www.w3.org/2001/XMLSchema#"
    one = f'"1"^^<{xsd}integer>'
    assert done.stderr.splitlines() == [
        f'2 × xsd:decimal is stored in another form, such as "1.50"^^<{xsd}decimal> as "1.5"^^<{xsd}decimal>',
        f'2 × xsd:nonNegativeInteger is stored in another form, such as "1"^^<{xsd}nonNegativeInteger> as {one}',
    ]
