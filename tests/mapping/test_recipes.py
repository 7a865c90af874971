"""The recipes of the contributor's guide, followed in a workspace of their own: a property needs no Python."""

from __future__ import annotations

import pytest
from pyoxigraph import NamedNode, Store
from tests.helpers.project import QUICK, quiet
from tests.helpers.workspaces import change

from g7kg.build.snapshot import Snapshot, build_snapshot
from g7kg.errors import NonConformance
from g7kg.mapping.workspace import Workspace
from g7kg.rdf.vocab import G7, IDENTIFIERS

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
