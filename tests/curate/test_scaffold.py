"""The skeleton of a mapping: right about the words, and refused until a curator has written the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from g7kg.build.pointers import match_documents, verify_document
from g7kg.curate.scaffold import scaffold_mapping
from g7kg.errors import Problems
from g7kg.mapping.context import read_context
from g7kg.mapping.reader import MappingFile, read_mapping
from g7kg.mapping.workspace import Workspace
from g7kg.texts import Cues, choose_cues, read_source, read_sources

TEXT = """\
LAKE MINISTERS

Lake Declaration

1. We met by the lake. We call on all to keep the lake clean.

Water and Fish

2. We care for:

• Clean water.

• Fish.

Annex 1

What We Shall Do

We call on all to keep the lake clean. We shall meet again.
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "lake.txt"
    path.write_text(text, "utf-8")
    return path


def problems(workspace: Workspace, folder: Path, skeleton: str) -> list[str]:
    path = folder / "lake-2030.yaml"
    path.write_text(skeleton, "utf-8")
    records = read_mapping(path, "lake-2030.yaml", read_context(workspace.ontology / "context.jsonld"))
    matched = list(match_documents([MappingFile(path, "lake-2030", records)], read_sources(folder)))
    assert len(matched) == 1
    return [str(problem) for file, document in matched for problem in verify_document(file, document)]


def fill(skeleton: str) -> str:
    return skeleton.replace("gist: TODO", "gist: Something.").replace('title: "TODO"', "title: Something")


def test_a_skeleton_has_every_unit_and_a_span_for_every_sentence(tmp_path: Path) -> None:
    skeleton = scaffold_mapping(read_source(write(tmp_path, TEXT)), "lake-2030")
    ids = [line.split()[-1] for line in skeleton.splitlines() if line.startswith("  - id: ")]
    assert ids == ["doc:lake-2030", "p1", "h1", "p2", "p2/b1", "p2/b2", "a1", "a1/p1"]
    spans = [line.strip() for line in skeleton.splitlines() if "span: {" in line]
    assert spans == [
        'span: {id: p1/s1/span, firstWords: "We met by the lake", start: 0, end: 19}',
        'span: {id: p1/s2/span, firstWords: "We call on", lastWords: "the lake clean", start: 20, end: 58}',
        'span: {id: p2/s1/span, firstWords: "We care for", start: 0, end: 12}',
        'span: {id: p2/b1/s1/span, firstWords: "Clean water", start: 0, end: 12}',
        'span: {id: p2/b2/s1/span, prefix: "water.", firstWords: "Fish", start: 0, end: 5}',
        (
            'span: {id: a1/p1/s1/span, prefix: "Do", firstWords: "We call on all to keep the lake", lastWords: "clean",'
            " start: 0, end: 38}"
        ),
        'span: {id: a1/p1/s2/span, firstWords: "We shall meet again", start: 39, end: 59}',
    ]


def test_a_skeleton_fits_the_words(workspace: Workspace, tmp_path: Path) -> None:
    skeleton = scaffold_mapping(read_source(write(tmp_path, TEXT)), "lake-2030")
    assert problems(workspace, tmp_path, fill(skeleton)) == []


def test_a_skeleton_is_refused_until_it_is_written(workspace: Workspace, tmp_path: Path) -> None:
    skeleton = scaffold_mapping(read_source(write(tmp_path, TEXT)), "lake-2030")
    with pytest.raises(Problems) as caught:
        problems(workspace, tmp_path, skeleton)
    assert len(caught.value.problems) == 7
    assert str(caught.value.problems[0]).endswith("gist is still to be written (see docs/mappings.md)")


@pytest.mark.parametrize("name", ["000_c2028c2923093e6f", "001_97b274232ba3aa42"])
def test_the_skeletons_of_the_real_declarations_fit_their_words(
    name: str, workspace: Workspace, texts: Path, tmp_path: Path
) -> None:
    path = write(tmp_path, (texts / f"{name}.txt").read_text("utf-8"))
    assert problems(workspace, tmp_path, fill(scaffold_mapping(read_source(path), "lake-2030"))) == []


def test_the_skeleton_of_a_catalogue_fits_its_words(workspace: Workspace, texts: Path, tmp_path: Path) -> None:
    path = write(tmp_path, (texts / "002_dade9473247cb33f.txt").read_text("utf-8"))
    skeleton = fill(scaffold_mapping(read_source(path), "lake-2030", catalogue=True))
    assert problems(workspace, tmp_path, skeleton.replace("modified: TODO", "modified: 2030-01-01")) == []


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("We met. We parted.", "We parted.", Cues("We parted")),
        ("Go home. Then: go home.", "go home.", Cues("go home", prefix="Then:")),
        ("Home. " * 10 + "Home.", "Home.", None),
        (
            "One two three four five six seven eight nine ten.",
            "One two three four five six seven eight nine ten.",
            Cues("One two three", "eight nine ten"),
        ),
    ],
)
def test_the_shortest_cues_that_lead_to_the_last_such_words(text: str, words: str, expected: Cues | None) -> None:
    start = text.rindex(words)
    assert choose_cues(text, start, start + len(words)) == expected
