"""Reports on the project's graph, and on the same graph damaged in one place; test_shapes.py tries the shapes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
from pyoxigraph import Literal, NamedNode, Quad
from tests.helpers.project import QUICK, ROOT

from g7kg.build.assembly import Assembly, assemble, validate_assembly
from g7kg.build.work import Means
from g7kg.errors import Location
from g7kg.mapping.workspace import Workspace
from g7kg.rdf.vocab import BASE, IDENTIFIERS, OA, RDF, RDFS, XSD, graph_iri
from g7kg.shacl import Finding, Report, Severity, to_text, validate_quads
from g7kg.shacl.renderings.wording import count_checked

SH = "http://www.w3.org/ns/shacl#"


def node(path: str) -> NamedNode:
    return NamedNode(IDENTIFIERS + path)


def found(report: Report) -> set[tuple[str, str, str]]:
    """Return focus node, source shape and component of each finding, shortened."""
    return {
        (
            finding.focus_node.removeprefix(IDENTIFIERS),
            finding.source_shape.removeprefix(f"{BASE}shapes#"),
            finding.component.removeprefix(SH).removesuffix("ConstraintComponent"),
        )
        for finding in report.findings
    }


@pytest.mark.parametrize("engine", [QUICK.engine, pytest.param("pyshacl", marks=pytest.mark.soak)])
def test_the_graph_of_the_project_conforms(assembly: Assembly, engine: str) -> None:
    report = validate_quads(assembly.quads, assembly.shapes, engine)
    assert to_text(report) == f"conforms: {report.quads:,} triples, {count_checked(report)}, no findings"


def test_the_graph_conforms_as_it_is_served(assembly: Assembly, store: ox.Store) -> None:
    served = list(store.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    report = validate_quads(served, assembly.shapes, QUICK.engine)
    assert to_text(report) == f"conforms: {len(served):,} triples, {count_checked(report)}, no findings"


@pytest.mark.soak
def test_the_copies_of_the_graph_that_the_engines_are_measured_on_conform(assembly: Assembly, tmp_path: Path) -> None:
    pytest.importorskip("shacl", reason="needs the package shacl, which has no wheel for this machine")
    real = tmp_path / "real.nq"
    ox.serialize((*assembly.quads, *assembly.shapes), real, ox.RdfFormat.N_QUADS)
    command = [sys.executable, "-m", "benchmarks.data", "--quads", "90k", "--real", str(real), str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.endswith(" 3 copies\n")
    quads = [quad for quad in ox.parse(path=tmp_path / "90k.nq") if quad.graph_name != graph_iri("shapes")]
    report = validate_quads(quads, assembly.shapes, "shacl")
    assert (report.quads, report.findings) == (len({quad.triple for quad in quads}), ())


SPAN = "cernobbio-como-2024/p2/s1/span"


def damage(assembly: Assembly, predicate: NamedNode, value: Literal | None = None) -> list[Quad]:
    """Return the graph with ``value`` for what a span has for ``predicate``."""
    kept = [quad for quad in assembly.quads if (quad.subject, quad.predicate) != (node(SPAN), predicate)]
    assert len(kept) == len(assembly.quads) - 1
    return kept + ([Quad(node(SPAN), predicate, value, graph_iri("registry"))] if value else [])


def test_damage_gives_just_this_finding(assembly: Assembly) -> None:
    report = validate_quads(damage(assembly, OA("start")), assembly.shapes, QUICK.engine)
    assert found(report) == {(SPAN, "SpanShape-01", "MinCount")}
    assert not report.conforms()


def test_a_finding_is_located_in_the_mapping(assembly: Assembly) -> None:
    damaged = damage(assembly, OA("end"), Literal("9999", datatype=XSD("integer")))
    (finding,) = validate_quads(damaged, assembly.shapes, QUICK.engine).locate(assembly.locations).findings
    assert finding.location is not None
    assert finding.location.path == "mappings/cernobbio-como-2024.yaml"
    assert finding.location == assembly.locations[IDENTIFIERS + SPAN]


def test_a_place_in_the_order_before_the_first_is_told_where_it_is_written(
    small: Workspace, means: Means, tmp_path: Path
) -> None:
    file = small.mappings / "cssii-2020.yaml"
    text = file.read_text("utf-8")
    file.write_text(text.replace("    order: 1\n", "    order: 0\n", 1), "utf-8")
    (tmp_path / "assembly").mkdir()
    assembly = assemble(small, None, tmp_path / "assembly", means)
    line = text.splitlines().index("  - id: intro") + 1
    report = validate_assembly(assembly, means, QUICK.engine)
    message = "it has one place in the reading order, counted from 1. Repair: give order, a whole number from 1."
    assert to_text(report).splitlines()[:3] == [
        f"violation: PG-02 (paragraph): {message}",
        f'  mappings/cssii-2020.yaml:{line}:9: id:cssii-2020/intro has "0"^^xsd:integer at g7:order',
        "",
    ]


def test_a_finding_on_something_without_a_place_is_located_at_what_holds_it() -> None:
    finding = Finding(Severity.WARNING, f"{IDENTIFIERS}d/p1/s1/x", None, None, "S", "C", "M")
    located = Report((finding,), 1).locate({f"{IDENTIFIERS}d/p1": Location("d.yaml", 7, 3)})
    assert located.findings[0].location == Location("d.yaml", 7, 3)
    assert located.conforms()
    assert not located.conforms(Severity.WARNING)


def test_the_text_names_place_node_and_path_under_the_message(assembly: Assembly) -> None:
    report = validate_quads(damage(assembly, OA("start")), assembly.shapes, QUICK.engine).locate(assembly.locations)
    place = assembly.locations[IDENTIFIERS + SPAN]
    assert to_text(report).splitlines() == [
        "violation: SP-01 (span): it has one start, counted from 0, before its end. Repair: correct start or end.",
        f"  {place}: id:{SPAN} at oa:start",
        "",
        f"1 finding on {report.quads:,} triples, {count_checked(report)}",
    ]


def test_every_class_in_the_graph_is_the_target_of_a_shape(assembly: Assembly) -> None:
    shapes, data = ox.Dataset(assembly.shapes), ox.Dataset(assembly.quads)
    targets = {quad.object for quad in shapes.quads_for_predicate(NamedNode(SH + "targetClass"))}
    others = {graph_iri("catalogue"), graph_iri("ontology")}  # in terms of DCAT and OWL, which have shapes of their own
    typed = data.quads_for_predicate(RDF("type"))
    used = {quad.object for quad in typed if quad.graph_name not in others}
    shaped_by_superclass = {
        quad.subject for quad in data.quads_for_predicate(RDFS("subClassOf")) if quad.object in targets
    }
    assert used - targets - shaped_by_superclass == set()
