"""``g7kg curate new``: a stub in the right file at the right place, and messages that lead there."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.helpers.project import ROOT
from tests.helpers.workspaces import EXAMPLE, make_workspace

from g7kg.cli import main
from g7kg.curate.registry import list_kinds
from g7kg.mapping.context import read_context


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace with the registry alone, which is read sooner than the whole."""
    folder = make_workspace(tmp_path / "workspace", {})
    for path in (folder / "mappings").glob("*.yaml"):
        path.unlink()
    return folder


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    return make_workspace(tmp_path / "whole", {})


def run(root: Path, kind: str, name: str) -> Result:
    return CliRunner().invoke(main, ["curate", "new", kind, name, "--workspace", str(root)])


def compare(root: Path, file: str) -> tuple[str, str, str]:
    """Return what was put into a file of the registry, and the line before and after it; all else is as it was."""
    old, new = ((folder / "mappings" / "registry" / file).read_text("utf-8") for folder in (ROOT, root))
    start = next(place for place in range(len(new)) if new[: place + 1] != old[: place + 1])
    start = new.rindex("\n", 0, start) + 1
    added = new[start : start + len(new) - len(old)]
    assert new[:start] + new[start + len(added) :] == old
    return new[:start].splitlines()[-1], added, (new[start + len(added) :].splitlines() or [""])[0]


def test_an_entry_begins_at_its_place_in_the_order(root: Path) -> None:
    done = run(root, "organisation", "CSIRT of the Lakes")
    before, added, after = compare(root, "organisations.yaml")
    stub = "  - id: organisation:csirt-of-the-lakes\n    type: Organisation\n    label: CSIRT of the Lakes\n"
    assert added.strip("\n") == stub.strip("\n")
    assert (before, after) == ("", "  - id: organisation:cssii")
    place, others = done.output.splitlines()
    assert (done.exit_code, place) == (0, "mappings/registry/organisations.yaml:12: organisation:csirt-of-the-lakes")
    assert others.startswith("  it may also have altLabel, ")


def test_a_comment_stays_above_the_entry_that_it_is_about(root: Path) -> None:
    assert run(root, "deliverable", "Guide to Water").exit_code == 0
    before, added, after = compare(root, "deliverables.yaml")
    assert before == ""
    assert added.startswith("  - id: deliverable:guide-to-water\n")
    assert after.startswith("  # A mark to be made, not an initiative")


def test_what_an_entry_needs_is_left_to_write_and_counted(whole: Path) -> None:
    assert run(whole, "presidency", "lakes-2031").exit_code == 0
    _, added, _ = compare(whole, "meetings.yaml")
    assert " ".join(added.split()) == (
        "- id: presidency:lakes-2031 type: Presidency label: TODO presidingCountry: TODO forum: TODO year: TODO"
    )
    left = CliRunner().invoke(main, ["curate", "todo", "--workspace", str(whole)]).output
    assert left.startswith("mappings/registry/meetings.yaml: 4 left\n")


@pytest.mark.soak
def test_every_kind_has_a_stub_that_the_reader_takes_but_for_what_is_left(whole: Path) -> None:
    forms = read_context(whole / "ontology" / "context.jsonld").forms
    for kind in list_kinds(forms):
        assert run(whole, kind, f"zz-{kind}").exit_code == 0, kind
    done = CliRunner().invoke(main, ["validate", "--workspace", str(whole)])
    errors = [line for line in done.stderr.splitlines() if "error: " in line]
    assert errors
    assert [line for line in errors if not line.endswith("is still to be written")] == []


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("organisation", "oecd", "there is organisation:oecd already"),
        ("organisation", "Group of Seven", "there is organisation:g7 already"),
        ("organization", "x", "there is no kind “organization” in the registry\n  hint: did you mean “organisation”?"),
        ("country", "???", "“???” makes no id of a Country"),
        ("request", "competition-in-ai-industry", "undertaking:competition-in-ai-industry was retired"),
    ],
)
def test_a_name_that_cannot_be_is_refused(root: Path, kind: str, name: str, message: str) -> None:
    done = run(root, kind, name)
    assert done.exit_code == 2
    assert message in done.stderr
    for path in (ROOT / "mappings" / "registry").glob("*.yaml"):
        assert (root / "mappings" / "registry" / path.name).read_bytes() == path.read_bytes()


def test_validation_of_an_unknown_name_offers_a_new_entry_and_names_the_file(tmp_path: Path) -> None:
    root = make_workspace(tmp_path / "lake", {"lakeside-2030": EXAMPLE / "lakeside-2030.yaml"})
    shown = " ".join(CliRunner().invoke(main, ["validate", "--workspace", str(root)]).stderr.split())
    for offer in (
        "g7kg curate new place lakeside, for mappings/registry/places.yaml",
        "g7kg curate new deliverable water-level-data, for mappings/registry/deliverables.yaml",
        "curate new commitment|request|announcement water-level-data, for mappings/registry/undertakings.yaml",
    ):
        assert offer in shown
