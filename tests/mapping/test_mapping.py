"""Mapping files: every slip is an error with its place and a repair.

Each folder of ``cases/mappings`` holds a mapping and the messages that it must give, exactly and in order.
"""

from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Store
from tests.helpers.project import QUICK, quiet
from tests.helpers.workspaces import change

from g7kg.build.snapshot import Snapshot, build_snapshot
from g7kg.errors import G7kgError, MappingError, NonConformance, Problems
from g7kg.mapping.context import Context
from g7kg.mapping.reader import MappingFile, read_mapping, read_mapping_file
from g7kg.mapping.records import walk_records
from g7kg.mapping.references import check_identifiers, dangling_reference, list_references
from g7kg.mapping.workspace import Workspace
from g7kg.rdf.vocab import G7, IDENTIFIERS

CASES = Path(__file__).parents[1] / "cases" / "mappings"


def messages(error: G7kgError) -> list[str]:
    return [str(problem) for problem in (error.problems if isinstance(error, Problems) else (error,))]


def check_file(path: Path, context: Context) -> list[str]:
    try:
        records = read_mapping(path, "m.yaml", context)
    except G7kgError as error:
        return messages(error)
    file = MappingFile(path, "m", records)
    known = {f"https://w3id.org/g7kg/scheme/topic/{name}" for name in ("ai", "msme")}
    defined = known | {record.id.value for record in walk_records(records)}
    dangling = [dangling_reference(*found, defined) for found in list_references(file) if found[0] not in known]
    return [str(problem) for problem in (*check_identifiers(file), *dangling)]


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda path: path.name)
def test_a_bad_mapping_is_refused_with_exact_messages(case: Path, context: Context) -> None:
    expected = (case / "messages.txt").read_text("utf-8").splitlines()
    assert expected
    assert check_file(case / "mapping.yaml", context) == expected


def write_label(word: str, folder: Path) -> Path:
    path = folder / "people.yaml"
    head = '"@context": https://w3id.org/g7kg/context.jsonld\n"@graph":\n'
    path.write_text(f"{head}  - id: person:x\n    type: Person\n    label: {word}\n", "utf-8")
    return path


@pytest.mark.parametrize("word", ["NO", "on", "12:30", "2024-12-31", "0:7", "1_000", '"2023"', "'null'"])
def test_a_scalar_stays_the_text_that_was_typed(word: str, context: Context, tmp_path: Path) -> None:
    (record,) = read_mapping(write_label(word, tmp_path), "people.yaml", context)
    assert list(record.values("label")) == [Literal(word.strip("\"'"), language="en")]


@pytest.mark.parametrize("word", ["2023", "1e3", "null", "~", "true", "0o7", ".5", "-.inf"])
def test_a_plain_scalar_that_yaml_does_not_read_as_text_must_be_quoted(
    word: str, context: Context, tmp_path: Path
) -> None:
    with pytest.raises(MappingError) as caught:
        read_mapping(write_label(word, tmp_path), "people.yaml", context)
    assert str(caught.value) == f'people.yaml:5:12: YAML does not read {word} as text (write label: "{word}")'


def test_the_files_of_the_project_are_read_into_the_graphs_of_their_names(
    workspace: Workspace, context: Context
) -> None:
    folder = workspace.mappings
    files = (read_mapping_file(path, folder, workspace.root, context) for path in folder.rglob("*.yaml"))
    documents = {path.stem for path in folder.glob("*.yaml")}
    assert {"cernobbio-como-2024", "hiroshima-leaders-communique"} < documents
    assert {file.graph for file in files} == {*documents, "registry"}


def test_a_nested_entry_knows_its_place_and_its_type(workspace: Workspace, context: Context) -> None:
    records = read_mapping(workspace.mappings / "cernobbio-como-2024.yaml", "como.yaml", context)
    statement = next(record for record in walk_records(records) if record.id.value.endswith("/p2/s1"))
    text = (workspace.mappings / "cernobbio-como-2024.yaml").read_text("utf-8").splitlines()
    assert statement.location.line is not None
    assert text[statement.location.line - 1].strip() == "- id: p2/s1"
    assert statement.classes == (NamedNode("https://w3id.org/g7kg/ontology#Statement"),)


TERM = """g7:mood a owl:ObjectProperty ;
  rdfs:label "mood"@en ;
  skos:definition "The place that the mood of the statement is of."@en ;
  skos:example "Italy."@en ;
  rdfs:domain g7:Statement ;
  rdfs:range schema:Country ;
  rdfs:isDefinedBy <https://w3id.org/g7kg/ontology> .

g7:hedge a owl:DatatypeProperty ;"""
SHAPE = """:Statement-mood a sh:PropertyShape ;
  sh:path g7:mood ;
  sh:class schema:Country ;
  sh:name "mood"@en ;
  sh:severity sh:Violation ;
  sh:message "ST-00 (statement): its mood is of a country. Repair: name a country."@en .
"""


@pytest.fixture
def changed(built: tuple[Workspace, Snapshot]) -> Workspace:
    """Return a workspace in which the four steps of the recipe were done, and the property is used."""
    copied, _ = built
    change(copied.ontology / "g7.ttl", "g7:hedge a owl:DatatypeProperty ;", TERM)
    change(copied.ontology / "context.jsonld", '"hedge":', '"mood": {"@id": "g7:mood", "@type": "@id"},\n    "hedge":')
    change(copied.ontology / "forms.yaml", " hedge*", " hedge* mood?")
    shapes = copied.shapes / "Statement.ttl"
    change(shapes, " g7:hedge g7:speaker", " g7:hedge g7:mood g7:speaker")
    change(
        shapes,
        "\n:StatementShape a sh:NodeShape ;",
        "\n:StatementShape a sh:NodeShape ;\n  sh:property :Statement-mood ;",
    )
    shapes.write_text(shapes.read_text("utf-8") + "\n" + SHAPE, "utf-8")
    speech = "      - id: intro/s1\n        speechAct: state\n"
    change(copied.mappings / "cssii-2020.yaml", speech, speech + "        mood: country:italy\n")
    return copied


def test_a_property_is_added_without_python(changed: Workspace) -> None:
    built = build_snapshot(changed, changed.output, None, quiet, QUICK)
    store = Store.read_only(str(built.folder / "store"))
    subject = NamedNode(f"{IDENTIFIERS}cssii-2020/intro/s1")
    found = {quad.object for quad in store.quads_for_pattern(subject, G7("mood"), None)}
    assert found == {NamedNode(f"{IDENTIFIERS}country/italy")}


def test_and_its_shape_holds_it(changed: Workspace) -> None:
    change(changed.mappings / "cssii-2020.yaml", "mood: country:italy", "mood: organisation:g7")
    with pytest.raises(NonConformance, match="ST-00"):
        build_snapshot(changed, changed.output, None, quiet, QUICK)
