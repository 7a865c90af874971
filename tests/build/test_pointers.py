"""Pointers against words, on a small invented document."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from g7kg.build.pointers import match_documents, verify_document
from g7kg.build.readings import find_copied, read_files
from g7kg.build.work import Means
from g7kg.mapping.context import read_context
from g7kg.mapping.reader import MappingFile, read_mapping
from g7kg.mapping.workspace import Workspace
from g7kg.texts import Source, digest_text, read_sources

FIRST = "We met by the lake. We call on all to keep the lake clean."
SECOND = "Once more we call on all to keep the lake clean."
TEXT = f"1. {FIRST}\n\n2. {SECOND}\n"

MAPPING = """\
"@context": [https://w3id.org/g7kg/context.jsonld, {"@base": https://w3id.org/g7kg/id/lake-2030/}]
"@graph":
  - id: doc:lake-2030
    type: Declaration
    title: Lake Declaration
    language: en
    sourceDigest: SOURCE
    normalisation: n1
    publication: https://example.org/lake
    speaker: organisation:lake
  - id: p1
    type: Paragraph
    number: 1
    order: 1
    partOf: doc:lake-2030
    digest: DIGEST1
    length: 58
    sentenceEnd: [19, 58]
    statements:
      - id: p1/s1
        speechAct: report
        gist: They met.
        span: {id: p1/s1/span, firstWords: We met by the lake, start: 0, end: 19}
        topic: ai
      - id: p1/s2
        speechAct: call-on
        gist: Everybody should keep the water clean.
        span: {id: p1/s2/span, firstWords: We call on all, lastWords: keep the lake clean, start: 20, end: 58}
        topic: ai
  - id: p2
    type: Paragraph
    number: 2
    order: 2
    partOf: doc:lake-2030
    digest: DIGEST2
    length: 48
    sentenceEnd: 48
    statements:
      - id: p2/s1
        speechAct: call-on
        gist: They ask again.
        span: {id: p2/s1/span, firstWords: Once more we call, lastWords: lake clean, start: 0, end: 48}
        topic: ai
"""


def write_mapping(folder: Path, text: str = TEXT, **changes: str) -> tuple[Path, Mapping[str, Source]]:
    """Write the text, and its mapping after replacing, in it, each key of ``changes`` by its value."""
    (folder / "lake.txt").write_text(text, "utf-8")
    sources = read_sources(folder)
    mapping = MAPPING.replace("SOURCE", next(iter(sources)))
    mapping = mapping.replace("DIGEST1", digest_text(FIRST)).replace("DIGEST2", digest_text(SECOND))
    for old, new in changes.items():
        assert mapping.count(old) == 1, old
        mapping = mapping.replace(old, new)
    path = folder / "lake-2030.yaml"
    path.write_text(mapping, "utf-8")
    return path, sources


def verify(workspace: Workspace, folder: Path, text: str = TEXT, **changes: str) -> list[str]:
    """Return the messages on the mapping after replacing, in it, each key of ``changes`` by its value."""
    path, sources = write_mapping(folder, text, **changes)
    records = read_mapping(path, "lake-2030.yaml", read_context(workspace.ontology / "context.jsonld"))
    matched = match_documents([MappingFile(path, "lake-2030", records)], sources)
    return [str(problem) for file, document in matched for problem in verify_document(file, document)]


def test_pointers_that_fit_the_words_give_no_message(workspace: Workspace, tmp_path: Path) -> None:
    assert verify(workspace, tmp_path) == []


SECOND_CUES = "firstWords: Once more we call, lastWords: lake clean, start: 0"

CASES: dict[str, tuple[dict[str, str], str]] = {
    "a cue that is not there": (
        {"firstWords: We met by the lake": "firstWords: We met by the sea"},
        (
            "lake-2030.yaml:23:44: the span does not begin with “We met by the sea”"
            " (the words are not in p1 at all; copy them from the text)"
        ),
    ),
    "a start that is off": (
        {"start: 20,": "start: 21,"},
        (
            "lake-2030.yaml:28:44: the span does not begin with “We call on all”"
            " (in the text they begin at 20 and have 14 characters)"
        ),
    ),
    "an end that is off": (
        {"start: 20, end: 58": "start: 20, end: 50"},
        (
            "lake-2030.yaml:28:71: the span does not end with “keep the lake clean”"
            " (in the text they begin at 38 and have 19 characters)"
        ),
    ),
    "words after the last words": (
        {"lastWords: keep the lake clean": "lastWords: keep the lake"},
        (
            "lake-2030.yaml:28:71: the span does not end with “keep the lake”"
            " (in the text they begin at 38 and have 13 characters)"
        ),
    ),
    "a span that cuts a word": (
        {SECOND_CUES: "firstWords: nce more, lastWords: lake clean, start: 1"},
        "lake-2030.yaml:42:84: the span cuts a word in two (correct start and end)",
    ),
    "a cue that fits an earlier place": (
        {SECOND_CUES: "firstWords: we call on, lastWords: lake clean, start: 10"},
        (
            "lake-2030.yaml:42:44: the cue words fit another place of the document first"
            " (take other words, or add a prefix: the words just before the span)"
        ),
    ),
    "a cue of nine words": (
        {"firstWords: We met by the lake,": "firstWords: We met by the lake. We call on all, lastWords: lake,"},
        "lake-2030.yaml:23:44: firstWords has 9 words (keep to 8 words)",
    ),
    "a hedge that is not there": (
        {"gist: Everybody should": "hedge: perhaps\n        gist: Everybody should"},
        "lake-2030.yaml:27:16: the words of the span do not have the hedge “perhaps” (copy it from the text)",
    ),
    "words that no statement covers": (
        {SECOND_CUES: "firstWords: we call on, prefix: more, lastWords: lake clean, start: 10"},
        (
            "lake-2030.yaml:30:9: no statement covers characters 0 to 9 of p2: “Once more”"
            " (widen a span, or add a statement)"
        ),
    ),
    "another normalisation": (
        {"normalisation: n1": "normalisation: n2"},
        "lake-2030.yaml:8:20: the normalisation n2 is not implemented (this program knows n1)",
    ),
    "a part that the text has not": (
        {
            "  - id: p2\n": "  - id: p3\n",
            "      - id: p2/s1\n": "      - id: p3/s1\n",
            "id: p2/s1/span": "id: p3/s1/span",
        },
        "lake-2030.yaml:3:9: the mapping has no entry for paragraph p2 (add an entry for it)",
    ),
    "a wrong printed number": (
        {"number: 2\n": "number: 3\n"},
        (
            "lake-2030.yaml:32:13: the text gives number 2, not 3, for paragraph p2"
            " (the words have changed: read the part again, then correct its entry and its spans)"
        ),
    ),
    "a sentence that is not told": (
        {"sentenceEnd: [19, 58]": "sentenceEnd: 58"},
        (
            "lake-2030.yaml:18:18: the text gives sentenceEnd 19, 58, not 58, for paragraph p1"
            " (the words have changed: read the part again, then correct its entry and its spans)"
        ),
    ),
}


@pytest.mark.parametrize("case", CASES, ids=lambda name: name.replace(" ", "-"))
def test_a_pointer_that_does_not_fit_is_told_with_its_place(case: str, workspace: Workspace, tmp_path: Path) -> None:
    changes, message = CASES[case]
    assert verify(workspace, tmp_path, **changes)[0] == message


def test_a_changed_word_breaks_the_digest(workspace: Workspace, tmp_path: Path) -> None:
    changed = SECOND.replace("Once", "Then")
    messages = verify(workspace, tmp_path, TEXT.replace(SECOND, changed))
    assert messages[0].startswith(f"lake-2030.yaml:35:13: the text gives digest {digest_text(changed)}, not ")
    assert len(messages) == 2


def test_a_prefix_makes_an_ambiguous_cue_unambiguous(workspace: Workspace, tmp_path: Path) -> None:
    new = "prefix: Once more, firstWords: we call on, lastWords: lake clean, start: 10"
    (gap,) = verify(workspace, tmp_path, **{SECOND_CUES: new})
    assert gap.startswith("lake-2030.yaml:30:9: no statement covers characters 0 to 9 of p2")


def test_every_pointer_of_the_project_fits_the_words(workspace: Workspace, texts: Path) -> None:
    context = read_context(workspace.ontology / "context.jsonld")
    paths = sorted(workspace.mappings.glob("*.yaml"))
    files = [MappingFile(path, path.stem, read_mapping(path, path.name, context)) for path in paths]
    matched = list(match_documents(files, read_sources(texts)))
    assert [file.graph for file, _ in matched] == [path.stem for path in paths]
    assert [str(problem) for file, document in matched for problem in verify_document(file, document)] == []


def test_a_gist_has_no_nine_words_of_its_document_in_a_row_but_those_of_a_name(
    workspace: Workspace, means: Means, tmp_path: Path
) -> None:
    gist = "gist: By the lake we call on all to keep the lake clean once more."
    _, sources = write_mapping(tmp_path, **{"gist: They met.": gist})
    context = read_context(workspace.ontology / "context.jsonld")

    def tell() -> list[str]:
        (tmp_path / "lake.txt").unlink(missing_ok=True)
        return [str(problem) for problem in find_copied(read_files(tmp_path, tmp_path, context, sources, means))]

    message = "the gist has more than 8 words in a row from the text: “by the lake we call on all to keep”"
    assert tell() == [f"lake-2030.yaml:22:15: {message} (say it in words of your own)"]
    name = "By the Lake We Call on All to Keep the Lake Clean: Once More We Call on All to Keep the Lake Clean"
    (tmp_path / "registry").mkdir()
    (tmp_path / "registry" / "instruments.yaml").write_text(
        f'"@context": https://w3id.org/g7kg/context.jsonld\n"@graph":\n  - id: instrument:call\n    type: Instrument\n'
        f'    label: "{name}"\n',
        "utf-8",
    )
    assert tell() == []
