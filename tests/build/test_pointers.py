"""Pointers against words, on a small invented document."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.helpers.pointers import verify
from tests.helpers.tables import read_table

from g7kg.build.readings import find_copied, read_files
from g7kg.build.work import Means
from g7kg.mapping.context import Context
from g7kg.mapping.workspace import Workspace
from g7kg.texts.normalisation import digest_text
from g7kg.texts.sources import Source, read_sources

TABLE = read_table("pointers")
MAPPING: str = TABLE["mapping"]

FIRST = "We met by the lake. We call on all to keep the lake clean."
SECOND = "Once more we call on all to keep the lake clean."
TEXT = f"1. {FIRST}\n\n2. {SECOND}\n"


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


def test_pointers_that_fit_the_words_give_no_message(tmp_path: Path) -> None:
    assert verify(*write_mapping(tmp_path)) == []


SECOND_CUES = "firstWords: Once more we call, lastWords: lake clean, start: 0"


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda name: name.replace(" ", "-"))
def test_a_pointer_that_does_not_fit_is_told_with_its_place(case: str, tmp_path: Path) -> None:
    told = TABLE["cases"][case]
    assert verify(*write_mapping(tmp_path, **dict(told["changes"])))[0] == told["message"]


def test_a_changed_word_breaks_the_digest(tmp_path: Path) -> None:
    changed = SECOND.replace("Once", "Then")
    messages = verify(*write_mapping(tmp_path, TEXT.replace(SECOND, changed)))
    assert messages[0].startswith(f"lake-2030.yaml:35:13: the text gives digest {digest_text(changed)}, not ")
    assert len(messages) == 2


def test_a_prefix_makes_an_ambiguous_cue_unambiguous(tmp_path: Path) -> None:
    new = "prefix: Once more, firstWords: we call on, lastWords: lake clean, start: 10"
    (gap,) = verify(*write_mapping(tmp_path, **{SECOND_CUES: new}))
    assert gap.startswith("lake-2030.yaml:30:9: no statement covers characters 0 to 9 of p2")


def test_every_pointer_of_the_project_fits_the_words(workspace: Workspace, texts: Path) -> None:
    sources = read_sources(texts)
    assert [problem for path in workspace.mappings.glob("*.yaml") for problem in verify(path, sources)] == []


def test_a_gist_has_no_nine_words_of_its_document_in_a_row_but_those_of_a_name(
    context: Context, means: Means, tmp_path: Path
) -> None:
    gist = "gist: By the lake we call on all to keep the lake clean once more."
    _, sources = write_mapping(tmp_path, **{"gist: They met.": gist})

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
