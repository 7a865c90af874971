"""What a mapping file is read with: YAML with places, the forms of entries, the folders of a workspace."""

from pathlib import Path

import platformdirs
import pytest
from pyoxigraph import NamedNode

from g7kg.errors import G7kgError, Location, MappingError, Problems, WorkspaceError
from g7kg.mapping.context import CONTEXT_IRI, Form, read_context, read_forms
from g7kg.mapping.nodes import Fields, Items, Scalar, parse_yaml, read_yaml
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


def test_a_file_of_more_bytes_than_are_read_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "m.yaml").open("wb") as file:
        file.truncate((8 << 20) + 1)
    with pytest.raises(MappingError, match="m: the file has more than the 8 MiB that are read"):
        read_yaml(tmp_path / "m.yaml", "m")


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
    ("context", "entry", "message"),
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
    context: str, entry: str, message: str, workspace: Workspace, tmp_path: Path
) -> None:
    text = f'"@context":    {context}\n"@graph":\n  - {entry or "{id: person:x, type: Person, label: X}"}\n'
    (tmp_path / "m.yaml").write_text(text, "utf-8")
    with pytest.raises(G7kgError) as caught:
        read_mapping(tmp_path / "m.yaml", "m", read_context(workspace.ontology / "context.jsonld"))
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
