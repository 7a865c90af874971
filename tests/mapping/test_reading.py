"""What a mapping file is read with: YAML with places, the forms of entries, the folders of a workspace."""

from pathlib import Path

import platformdirs
import pytest
from pyoxigraph import NamedNode

from g7kg.errors import G7kgError, Location, MappingError, Problems, WorkspaceError
from g7kg.mapping.context import CONTEXT_IRI, Context, Form, read_forms
from g7kg.mapping.nodes import Fields, Items, Scalar, parse_yaml
from g7kg.mapping.reader import read_mapping
from g7kg.mapping.records import Entry, Record
from g7kg.mapping.workspace import Workspace, find_workspace
from g7kg.rdf.vocab import IDENTIFIERS


def test_a_node_knows_where_it_begins_and_ends() -> None:
    text = "a: 1\nb:\n  - x\n  - {c: 'd'}\n\n# end\ne: [f]\n\n"
    root, problems = parse_yaml(text, "m")
    assert isinstance(root, Fields)
    assert problems == []
    b, e = root.get("b"), root.get("e")
    assert isinstance(b, Items)
    assert isinstance(e, Items)
    shown = [text[slice(*node.extent)] for node in (root, b, *b.nodes, e)]
    assert shown == [text.rstrip(), "- x\n  - {c: 'd'}", "x", "{c: 'd'}", "[f]"]
    assert [node.plain for node in (b.nodes[0], *root.pairs[0]) if isinstance(node, Scalar)] == [True, True, True]
    assert isinstance(b.nodes[1], Fields)
    quoted = b.nodes[1].get("c")
    assert isinstance(quoted, Scalar)
    assert (quoted.plain, quoted.location) == (False, Location("m", 4, 9))
    assert root.get("f") is None


def test_every_key_that_is_given_twice_is_told_and_the_others_are_read() -> None:
    root, problems = parse_yaml("a: 1\na: 2\nb: 3\nb: 4\nc: 5\n", "m")
    assert [str(problem) for problem in problems] == [
        "m:2:1: the key “a” is given twice (it stands in line 1 already; keep one)",
        "m:4:1: the key “b” is given twice (it stands in line 3 already; keep one)",
    ]
    assert isinstance(root, Fields)
    assert [(key.text, getattr(value, "text", "")) for key, value in root.pairs] == [("a", "1"), ("b", "3"), ("c", "5")]


def test_what_is_nested_deeper_than_is_read_is_refused_where_it_is() -> None:
    parse_yaml("[" * 32 + "]" * 32, "m")
    with pytest.raises(MappingError, match="m:1:33: this is nested more than 32 levels deep"):
        parse_yaml("[" * 33 + "]" * 33, "m")


HEAD = '"@context": https://w3id.org/g7kg/context.jsonld\n"@graph":\n'
YAML = {
    "sequences": (HEAD + "  " + "[" * 100_000, r"m:3:34: this is nested more than 32 levels deep"),
    "blocks": (HEAD + "  " + "- " * 100_000, r"m:3:\d+: this is nested more than 32 levels deep"),
    "mappings": (HEAD + "  - " + "{a: " * 1000 + "1" + "}" * 1000, r"m:3:\d+: this is nested more than 32 levels deep"),
    "keys": (HEAD + "  - " + "? " * 1000 + "1", r"m:3:\d+: this is nested more than 32 levels deep"),
    "values": (HEAD + "  [" + "a," * 600_000 + "]", r"m:3:\d+: there are more than 500,000 values"),
    "bytes": (HEAD + "#" * (8 << 20), "m: the file has more than the 8 MiB that are read"),
}


@pytest.mark.parametrize("case", YAML)
def test_a_mapping_that_is_too_deep_or_too_large(case: str, context: Context, tmp_path: Path) -> None:
    text, message = YAML[case]
    (tmp_path / "m").write_text(text)
    with pytest.raises(MappingError, match=f"^{message}"):
        read_mapping(tmp_path / "m", "m", context)


def test_a_record_gives_what_stands_under_a_key() -> None:
    place = Location("m", 1)
    inner = Record(NamedNode("e:i"), "Span", (), (), place)
    p, value = NamedNode("e:p"), NamedNode("e:v")
    entries = (Entry("a", p, False, inner, place), Entry("a", p, False, value, place), Entry("b", p, False, p, place))  # noqa: FBT003 - the direction
    record = Record(NamedNode("e:r"), "Statement", (), entries, place)
    assert [list(record.records(key)) for key in ("a", "b")] == [[inner], []]
    assert [list(record.values(key)) for key in ("a", "b")] == [[value], [p]]
    assert [record.text(key) for key in ("a", "b", "c")] == ["e:v", "e:p", None]


FORMS = """\
patterns: {SLUG: '[a-z]+', DOC: 'SLUG-[0-9]+'}
nested: {span: Span}
types:
  Talk: {id: 'talk/DOC', keys: 'label? topic+ note* date', with: Act}
  Act: {id: 'act/SLUG', keys: 'label topic? note* by?'}
  Span: {id: 'SLUG', keys: start}
"""


def test_forms_are_read_and_two_are_joined_in_the_narrower_bounds(tmp_path: Path) -> None:
    (tmp_path / "forms.yaml").write_text(FORMS, "utf-8")
    forms = read_forms(tmp_path / "forms.yaml")
    talk, act = forms.types["Talk"], forms.types["Act"]
    keys = {"label": (0, 1), "topic": (1, None), "note": (0, None), "date": (1, 1)}
    assert talk == Form(("Talk",), "talk/[a-z]+-[0-9]+", keys, "Act")
    assert forms.top_level == {"Talk", "Act"}
    joined = talk.join(act)
    assert joined.keys == {"label": (1, 1), "topic": (1, 1), "note": (0, None), "date": (1, 1), "by": (0, 1)}
    assert (joined.name, joined.types) == ("Talk", ("Talk", "Act"))
    ids = ("talk/a-1", "act/a", "talk/a", "act/a/b")
    assert [joined.is_id(f"{IDENTIFIERS}{name}") for name in ids] == [True, True, False, False]
    assert not joined.is_id("http://e/act/a")


@pytest.mark.parametrize("text", ["", "types: {}", "[", "patterns: {}\ntypes: {A: {id: a}}\nnested: {}"])
def test_forms_that_cannot_be_read_are_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "forms.yaml").write_text(text, "utf-8")
    with pytest.raises(MappingError, match="the forms of entries cannot be read"):
        read_forms(tmp_path / "forms.yaml")


@pytest.mark.parametrize(
    ("stated", "entry", "message"),
    [
        (f"[{CONTEXT_IRI}, {{'@base': {IDENTIFIERS}lake}}]", "", f"m:1:16: the base “{IDENTIFIERS}lake” is not one"),
        (f"[{CONTEXT_IRI}, {{'@base': 'https://e.org/'}}]", "", "m:1:16: the base “https://e.org/” is not one"),
        (f"{CONTEXT_IRI}x", "", "m:1:16: @context must name the project's context and at most a base"),
        ("https://a.org/", "", "m:1:16: @context must name the project's context and at most a base"),
        (
            CONTEXT_IRI,
            "{id: person:x, type: [Person, Place], label: X}",
            "m:3:35: a Person cannot also be a Place (keep Person)",
        ),
        (
            CONTEXT_IRI,
            "{id: doc:x, type: Declaration, publication: 'https://e.org/ a'}",
            "m:3:49: “https://e.org/ a” is not an IRI",
        ),
    ],
)
def test_what_a_file_says_of_itself_is_checked(
    stated: str, entry: str, message: str, context: Context, tmp_path: Path
) -> None:
    text = f'"@context":    {stated}\n"@graph":\n  - {entry or "{id: person:x, type: Person, label: X}"}\n'
    (tmp_path / "m.yaml").write_text(text, "utf-8")
    with pytest.raises(G7kgError) as caught:
        read_mapping(tmp_path / "m.yaml", "m", context)
    error = caught.value
    told = [str(problem) for problem in (error.problems if isinstance(error, Problems) else (error,))]
    assert [one for one in told if one.startswith(message)], told


def test_the_folders_are_those_named_or_of_the_clone_or_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "src" / "g7kg"
    monkeypatch.setattr("g7kg.mapping.workspace.__file__", str(package / "mapping" / "workspace.py"))
    with pytest.raises(WorkspaceError, match="the folders ontology, mappings, shapes and queries are missing"):
        find_workspace()
    (package / "data" / "mappings").mkdir(parents=True)
    (tmp_path / "mappings").mkdir()
    assert find_workspace() == Workspace(package / "data", platformdirs.user_cache_path("g7kg"))
    (tmp_path / "pyproject.toml").touch()
    assert find_workspace() == Workspace(tmp_path, tmp_path / "build")
    with pytest.raises(WorkspaceError, match="there is no ontology here"):
        find_workspace(tmp_path)
    for name in ("ontology", "queries", "shapes"):
        (tmp_path / name).mkdir()
    assert find_workspace(tmp_path) == Workspace(tmp_path, tmp_path / "build")
    assert find_workspace(tmp_path).labels == tmp_path / "mappings" / "labels"
