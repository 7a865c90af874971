"""Shapes on the project's graph, and on the same graph damaged in one place."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from pyoxigraph import Literal, NamedNode, Quad

from g7kg.assembly import Assembly, validate_assembly
from g7kg.errors import Location
from g7kg.validation import Finding, Report, Severity, to_text, validate_quads
from g7kg.vocab import BASE, G7, IDENTIFIERS, OA, RDF, RDFS, SKOS, XSD, graph_iri

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


def test_the_graph_of_the_project_conforms(assembly: Assembly) -> None:
    report = validate_quads(assembly.quads, assembly.shapes)
    assert to_text(report) == f"conforms: {report.quads:,} triples, no findings"


STATEMENT = "cernobbio-como-2024/p7/s5"
FOLLOW_UP = "cernobbio-como-2024/p4/s3/f1"

Change = tuple[str, NamedNode, NamedNode | Literal | None]

DAMAGE: dict[str, tuple[list[Change], list[Change], set[tuple[str, str, str]]]] = {
    "a statement without speech act": (
        [(STATEMENT, G7("speechAct"), None)],
        [],
        {(STATEMENT, "StatementShape-04", "MinCount")},
    ),
    "a topic of another scheme": (
        [],
        [(STATEMENT, G7("topic"), NamedNode(BASE + "scheme/role/chair"))],
        {(STATEMENT, "StatementShape-07", "In")},
    ),
    "a request that addresses nobody": (
        [(STATEMENT, G7("addressee"), None), ("undertaking/mapping-dissemination", G7("addressee"), None)],
        [],
        {
            (STATEMENT, "StatementShape-90", "NodeKind"),
            ("undertaking/mapping-dissemination", "RequestShape-01", "MinCount"),
        },
    ),
    "a span beyond its paragraph": (
        [("cernobbio-como-2024/p2/s1/span", OA("end"), None)],
        [
            (
                "cernobbio-como-2024/p2/s1/span",
                OA("end"),
                Literal("9999", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#nonNegativeInteger")),
            )
        ],
        {("cernobbio-como-2024/p2/s1/span", "SpanShape-90", "NodeKind")},
    ),
    "a follow-up of what was first promised on the same day": (
        [(FOLLOW_UP, G7("followUpOf"), None)],
        [(FOLLOW_UP, G7("followUpOf"), node("undertaking/reporting-framework"))],
        {(FOLLOW_UP, "FollowUpShape-90", "NodeKind")},
    ),
    "an inferred link without reason": (
        [("cernobbio-como-2024/p1/s1/l1", G7("reason"), None)],
        [],
        {("cernobbio-como-2024/p1/s1/l1", "LinkShape-07", "Or")},
    ),
    "a commitment without debtor": (
        [("undertaking/hiroshima-brand", G7("debtor"), None)],
        [],
        {("undertaking/hiroshima-brand", "CommitmentShape-01", "MinCount")},
    ),
    "a deadline without its words": (
        [("cernobbio-como-2024/p9/s1", G7("dueStated"), None)],
        [],
        {("cernobbio-como-2024/p9/s1", "StatementShape-31", "Or")},
    ),
    "a deadline before the meeting": (
        [("cernobbio-como-2024/p9/s1", G7("due"), None)],
        [("cernobbio-como-2024/p9/s1", G7("due"), Literal("1924-12-31", datatype=XSD("date")))],
        {("cernobbio-como-2024/p9/s1", "StatementShape-92", "NodeKind")},
    ),
    "a place that is to act": (
        [],
        [(STATEMENT, G7("debtor"), node("place/verona"))],
        {(STATEMENT, "StatementShape-15", "Or")},
    ),
    "a participation in no meeting": (
        [("meeting/cernobbio-como-2024", G7("participation"), None)],
        [],
        {
            (f"meeting/cernobbio-como-2024/{who}", "ParticipationShape-05", "MinCount")
            for who in ("butti", "oecd", "unesco")
        },
    ),
    "a meeting that ends before it begins": (
        [("meeting/cernobbio-como-2024", G7("latest"), None)],
        [
            (
                "meeting/cernobbio-como-2024",
                G7("latest"),
                Literal("2024-10-14", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#date")),
            )
        ],
        {("meeting/cernobbio-como-2024", "MeetingShape-03", "LessThanOrEquals")},
    ),
    "a paragraph that the numbers skip": (
        [("verona-trento-2024/p40", RDF("type"), None)],
        [],
        {
            ("verona-trento-2024/p41", "ParagraphShape-90", "NodeKind"),
            ("verona-trento-2024/p40/s1", "StatementShape-01", "Or"),
        },
    ),
    "an undertaking that no statement expresses": (
        [],
        [
            ("undertaking/x", RDF("type"), G7("Announcement")),
            ("undertaking/x", SKOS("prefLabel"), Literal("X", language="en")),
            ("undertaking/x", G7("debtor"), node("organisation/oecd")),
            ("undertaking/x", G7("topic"), NamedNode(BASE + "scheme/topic/ai")),
            ("undertaking/x", G7("status"), NamedNode(BASE + "scheme/follow-up-status/none-on-record")),
        ],
        {("undertaking/x", "UndertakingShape-02", "MinCount")},
    ),
    "a knowledge partner that took part in another role": (
        [],
        [("organisation/itu", RDF("type"), G7("KnowledgePartner"))],
        {("organisation/itu", "KnowledgePartnerShape-01", "QualifiedMinCount")},
    ),
    "two labels of one language": (
        [],
        [("organisation/itu", SKOS("prefLabel"), Literal("Telecommunication Union", language="en"))],
        {
            ("organisation/itu", "OrganisationShape-01", "MaxCount"),
            ("organisation/itu", "OrganisationShape-01", "UniqueLang"),
        },
    ),
}


def damage(assembly: Assembly, case: str) -> list[Quad]:
    removed, added, _ = DAMAGE[case]
    gone = {(node(path), predicate) for path, predicate, _ in removed}
    kept = [quad for quad in assembly.quads if (quad.subject, quad.predicate) not in gone]
    assert len(kept) < len(assembly.quads) or not removed
    return kept + [
        Quad(node(path), predicate, value, graph_iri("registry")) for path, predicate, value in added if value
    ]


@pytest.mark.parametrize("case", DAMAGE, ids=lambda name: name.replace(" ", "-"))
def test_damage_gives_just_these_findings(case: str, assembly: Assembly) -> None:
    report = validate_quads(damage(assembly, case), assembly.shapes)
    assert found(report) == DAMAGE[case][2]
    assert not report.conforms()


def test_a_finding_is_located_in_the_mapping(assembly: Assembly) -> None:
    damaged = Assembly(
        tuple(damage(assembly, "a span beyond its paragraph")),
        assembly.shapes,
        (),
        assembly.locations,
        "2026-11-21",
        {},
    )
    (finding,) = validate_assembly(damaged, lambda _step: None).findings
    assert finding.location is not None
    assert finding.location.path == "mappings/cernobbio-como-2024.yaml"
    assert finding.location == assembly.locations[IDENTIFIERS + "cernobbio-como-2024/p2/s1/span"]


def test_a_finding_on_something_without_a_place_is_located_at_what_holds_it() -> None:
    finding = Finding(Severity.WARNING, f"{IDENTIFIERS}d/p1/s1/x", None, None, "S", "C", "M")
    located = Report((finding,), 1).locate({f"{IDENTIFIERS}d/p1": Location("d.yaml", 7, 3)})
    assert located.findings[0].location == Location("d.yaml", 7, 3)
    assert located.conforms()
    assert not located.conforms(Severity.WARNING)


def test_the_text_names_place_node_and_path_under_the_message(assembly: Assembly) -> None:
    report = validate_quads(damage(assembly, "a statement without speech act"), assembly.shapes).locate(
        assembly.locations
    )
    line = assembly.locations[IDENTIFIERS + STATEMENT].line
    assert to_text(report).splitlines() == [
        "violation: ST-04 (statement): it performs one speech act. Repair: add speechAct.",
        f"  mappings/cernobbio-como-2024.yaml:{line}:13: id:{STATEMENT} at g7:speechAct",
        "",
        f"1 finding on {report.quads:,} triples",
    ]


def constraints(assembly: Assembly) -> set[object]:
    """Return the shapes that constrain something by themselves: property shapes, and node shapes with a message."""
    dataset = ox.Dataset(assembly.shapes)
    properties = {quad.subject for quad in dataset.quads_for_object(NamedNode(SH + "PropertyShape"))}
    return properties | {quad.subject for quad in dataset.quads_for_predicate(NamedNode(SH + "message"))}


@pytest.mark.parametrize("predicate", ["name", "message", "severity"])
def test_every_constraint_says(predicate: str, assembly: Assembly) -> None:
    dataset = ox.Dataset(assembly.shapes)
    saying = {quad.subject for quad in dataset.quads_for_predicate(NamedNode(SH + predicate))}
    assert constraints(assembly) - saying == set()


def test_every_message_has_a_requirement_number_of_its_own(assembly: Assembly) -> None:
    dataset = ox.Dataset(assembly.shapes)
    quads = dataset.quads_for_predicate(NamedNode(SH + "message"))
    numbers = [quad.object.value.split(" ")[0] for quad in quads if isinstance(quad.object, Literal)]
    assert len(numbers) == len(set(numbers)) == len(constraints(assembly))


def test_every_class_in_the_graph_is_the_target_of_a_shape(assembly: Assembly) -> None:
    shapes, data = ox.Dataset(assembly.shapes), ox.Dataset(assembly.quads)
    targets = {quad.object for quad in shapes.quads_for_predicate(NamedNode(SH + "targetClass"))}
    used = {quad.object for quad in data.quads_for_predicate(RDF("type"))}
    shaped_by_superclass = {
        quad.subject for quad in data.quads_for_predicate(RDFS("subClassOf")) if quad.object in targets
    }
    assert used - targets - shaped_by_superclass == set()
