"""The skeleton of a mapping: right about the words, and refused until a curator has written the rest."""

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from tests.helpers.pointers import verify

from g7kg.cli import main
from g7kg.curate.scaffold import scaffold_mapping
from g7kg.errors import Problems, TextError
from g7kg.texts.kinds import DOCUMENT_KINDS
from g7kg.texts.sources import read_source, read_sources

DECLARATION = DOCUMENT_KINDS["Declaration"]

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


def problems(folder: Path, skeleton: str) -> list[str]:
    path = folder / "lake-2030.yaml"
    path.write_text(skeleton, "utf-8")
    return verify(path, read_sources(folder))


def fill(skeleton: str) -> str:
    return skeleton.replace("modified: TODO", "modified: 2030-01-01").replace("TODO", "something")


def test_a_skeleton_has_every_unit_and_a_span_for_every_sentence(tmp_path: Path) -> None:
    skeleton = scaffold_mapping(read_source(write(tmp_path, TEXT)), "lake-2030", DECLARATION)
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


def test_a_skeleton_fits_the_words(tmp_path: Path) -> None:
    skeleton = scaffold_mapping(read_source(write(tmp_path, TEXT)), "lake-2030", DECLARATION)
    assert problems(tmp_path, fill(skeleton)) == []


def test_a_skeleton_is_refused_until_it_is_written(tmp_path: Path) -> None:
    skeleton = scaffold_mapping(read_source(write(tmp_path, TEXT)), "lake-2030", DECLARATION)
    with pytest.raises(Problems) as caught:
        problems(tmp_path, skeleton)
    keys = [str(problem).split()[1] for problem in caught.value.problems]
    assert all(
        str(problem).endswith(" is still to be written (see docs/mappings.md)") for problem in caught.value.problems
    )
    assert keys == ["publication", "speaker", *["speechAct", "gist", "topic"] * 7]


@pytest.mark.parametrize("name", ["000_c2028c2923093e6f", "001_97b274232ba3aa42"])
def test_the_skeletons_of_the_real_declarations_fit_their_words(name: str, texts: Path, tmp_path: Path) -> None:
    path = write(tmp_path, (texts / f"{name}.txt").read_text("utf-8"))
    assert problems(tmp_path, fill(scaffold_mapping(read_source(path), "lake-2030", DECLARATION))) == []


def test_the_skeleton_of_a_catalogue_fits_its_words(texts: Path, tmp_path: Path) -> None:
    path = write(tmp_path, (texts / "002_dade9473247cb33f.txt").read_text("utf-8"))
    skeleton = fill(scaffold_mapping(read_source(path), "lake-2030", DOCUMENT_KINDS["Catalogue"]))
    assert problems(tmp_path, skeleton) == []


SCOPES = {
    "2023-10-30-g7-leaders-statement-on-the-hiroshima-ai-process": ([], ["p1", "p2", "p3"]),
    "2023-12-06-g7-leaders-statement-6": (["Digital"], ["h9", "p46", "p47", "p48"]),
    "2023-05-20-g7-hiroshima-leaders-communique": (["digital", "p1/b16"], ["h1", "p1", "p1/b16", "h16", "p38", "p39"]),
}
"""Documents of leaders, what of them is in scope, and the entries that this makes."""


@pytest.mark.parametrize("name", SCOPES)
def test_the_skeletons_of_what_is_in_scope_fit_the_words_of_leaders(name: str, texts: Path, tmp_path: Path) -> None:
    path = texts / "leaders" / f"{name}.md"
    if not path.is_file():
        pytest.skip("needs the documents of leaders, which the project does not ship")
    scope, ids = SCOPES[name]
    source = read_source(write(tmp_path, path.read_text("utf-8")))
    skeleton = scaffold_mapping(source, "lake-2030", DECLARATION, scope)
    assert [line.split()[-1] for line in skeleton.splitlines() if line.startswith("  - id: ")][1:] == ids
    assert problems(tmp_path, fill(skeleton)) == []


def test_what_is_in_scope_has_statements_and_what_is_above_it_an_entry(tmp_path: Path) -> None:
    source = read_source(write(tmp_path, TEXT))
    skeleton = yaml.safe_load(scaffold_mapping(source, "lake-2030", DECLARATION, ["p2/b2", "what we shall do"]))
    head, *parts = skeleton["@graph"]
    assert (head["scope"], head["partCount"], head["sentenceCount"]) == (["p2/b2", "a1"], 5, 7)
    assert [(part["id"], part["order"], len(part.get("statements", []))) for part in parts] == [
        ("h1", 2, 0),
        ("p2", 3, 0),
        ("p2/b2", 5, 1),
        ("a1", 6, 0),
        ("a1/p1", 7, 2),
    ]


def test_the_head_takes_what_front_matter_tells(tmp_path: Path) -> None:
    text = "---\ntitle: Lake Statement\ndate: '2030-01-02'\nsource_url: https://example.org/lake\n---\n\nWe met.\n"
    source = read_source(write(tmp_path, text))
    head = yaml.load(scaffold_mapping(source, "lake-2030", DECLARATION), yaml.BaseLoader)["@graph"][0]  # noqa: S506
    assert {key: head[key] for key in ("title", "issued", "publication", "type")} == {
        "title": "Lake Statement",
        "issued": "2030-01-02",
        "publication": "https://example.org/lake",
        "type": "Declaration",
    }


@pytest.mark.parametrize(
    ("below", "expected"),
    [
        ("Lakeside, 3-4 May 2030\n\n", ("Lake Statement", "2030-05-04")),
        ("May 5th, 2030\n\n", ("Lake Statement", "2030-05-05")),
        ("Lakeside, 31 June 2030\n\n", ("Lake Statement Lakeside, 31 June 2030", None)),
        ("", ("Lake Statement", None)),
    ],
)
def test_the_line_of_place_and_date_below_the_title_gives_the_date(
    below: str, expected: tuple[str, str | None], tmp_path: Path
) -> None:
    source = read_source(write(tmp_path, f"Lake Statement\n\n{below}We met.\n"))
    head = yaml.load(scaffold_mapping(source, "lake-2030", DECLARATION), yaml.BaseLoader)["@graph"][0]  # noqa: S506
    assert (head["title"], head.get("issued")) == expected


def test_a_document_that_is_known_as_an_instrument_keeps_its_iri(tmp_path: Path) -> None:
    source = read_source(write(tmp_path, TEXT))
    skeleton = yaml.safe_load(scaffold_mapping(source, "lake-2030", DECLARATION, instrument=True))
    assert skeleton["@context"][1] == {"@base": "https://w3id.org/g7kg/id/instrument/lake-2030/"}
    head, first, *_ = skeleton["@graph"]
    assert (head["id"], head["type"], head["label"]) == (
        "instrument:lake-2030",
        ["Declaration", "Instrument"],
        "LAKE MINISTERS Lake Declaration",
    )
    assert first["partOf"] == "instrument:lake-2030"


def test_a_span_to_which_no_cue_words_lead_is_marked(tmp_path: Path) -> None:
    sentence = " ".join(f"word{number}" for number in range(9)) + " the end of all that we said here and"
    source = read_source(write(tmp_path, f"We met {sentence} {sentence}.\n"))
    skeleton = scaffold_mapping(source, "lake-2030", DECLARATION)
    assert "# no cue words lead here alone: cut the sentence into two statements\n        span: {id: p1/s1" in skeleton


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A workspace without mappings."""
    for name in ("mappings/registry", "ontology", "queries", "shapes"):
        (tmp_path / "empty" / name).mkdir(parents=True)
    return tmp_path / "empty"


def run(path: Path, workspace: Path, *options: str, slug: str = "lake-2030") -> Result:
    return CliRunner().invoke(main, ["scaffold", str(path), "--slug", slug, "--workspace", str(workspace), *options])


def test_the_verb_writes_the_skeleton_and_tells_what_it_doubts(tmp_path: Path, empty: Path) -> None:
    path = write(tmp_path, TEXT.replace("2. We", "2, We"))
    done = run(path, empty)
    assert done.exit_code == 0
    assert done.stdout == scaffold_mapping(read_source(path), "lake-2030", DECLARATION)
    assert done.stderr.splitlines() == [
        "read as plain text, wrapped lines: 3 paragraphs, 1 section, 2 bullets, 1 annex, 2 numbered, 7 sentences",
        f"{path}:9: p2 is printed as “2, We …”",
        "1 doubt",
    ]
    assert run(path, empty, "--strict").exit_code == 1


def test_strict_is_content_with_a_text_without_doubts(tmp_path: Path, empty: Path) -> None:
    done = run(write(tmp_path, TEXT), empty, "--strict")
    assert (done.exit_code, done.stderr.splitlines()[-1]) == (0, "0 doubts")


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("", {}, "lake.txt: error: the text has no words\n  hint: give the document as text"),
        ("\n<!DOCTYPE html>\n<p>We met.", {}, "lake.txt: error: this is HTML\n  hint: save the page as text"),
        ("\n---\n", {}, "lake.txt: error: the text has no words\n  hint: give the document as text"),
        (TEXT, {"slug": "lake 2030"}, "error: “lake 2030” cannot name a document\n  hint: take small letters"),
        (TEXT, {"slug": "meeting"}, "error: “meeting” cannot name a document\n  hint: take small letters"),
        (TEXT, {"slug": "taken"}, "taken.yaml: error: there is a document taken already\n  hint: take another slug"),
    ],
)
def test_bad_input_is_refused(text: str, options: dict[str, str], message: str, tmp_path: Path, empty: Path) -> None:
    (empty / "mappings" / "taken.yaml").write_text("something", "utf-8")
    failed = run(write(tmp_path, text), empty, **options)
    assert (failed.exit_code, failed.stdout) == (2, "")
    assert message in failed.stderr


def test_a_text_that_is_mapped_already_is_refused_with_its_mapping(tmp_path: Path, empty: Path) -> None:
    path = write(tmp_path, TEXT)
    mapping = empty / "mappings" / "pond-2029.yaml"
    mapping.write_text(run(path, empty).stdout, "utf-8")
    failed = run(path, empty, slug="pond-2030")
    assert (failed.exit_code, failed.stdout) == (2, "")
    assert failed.stderr == f"{mapping}: error: this text is mapped already\n  hint: go on there\n"


def test_the_file_that_a_shell_opens_for_the_skeleton_is_no_document(tmp_path: Path, empty: Path) -> None:
    (empty / "mappings" / "lake-2030.yaml").touch()
    assert run(write(tmp_path, TEXT), empty).exit_code == 0


def test_a_slug_of_the_registry_of_instruments_is_told(tmp_path: Path, empty: Path) -> None:
    (empty / "mappings" / "registry" / "instruments.yaml").write_text("  - id: instrument:lake-2030\n", "utf-8")
    done = run(write(tmp_path, TEXT), empty)
    assert "  - id: instrument:lake-2030\n" in done.stdout
    assert "its entry there moves into the head of the mapping" in done.stderr


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Fish", "no part is called Fish (give its id; sections: h1 Water and Fish, a1 What We Shall Do)"),
        ("p9", "no part is called p9 (give its id; sections: h1 Water and Fish, a1 What We Shall Do)"),
    ],
)
def test_a_scope_that_names_no_part_is_refused(name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(TextError) as caught:
        scaffold_mapping(read_source(write(tmp_path, TEXT)), "lake-2030", DECLARATION, [name])
    assert str(caught.value).endswith(message)


def test_a_scope_that_names_two_sections_is_refused(tmp_path: Path) -> None:
    text = "Lake Statement\n\nAims\n\nWe care for the lakes, for fish and for boats.\n\nAims\n\nWe row.\n"
    with pytest.raises(TextError, match="2 parts are called Aims: h1, h2"):
        scaffold_mapping(read_source(write(tmp_path, text)), "lake-2030", DECLARATION, ["Aims"])
