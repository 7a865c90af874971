"""Every constraint of every shape on small cases, and all shapes on the project's graph damaged at random.

A case is a Turtle file in ``cases/shapes``, in the folder of the shapes that it is about. Its comments say what is
found: severity, source shape, constraint component, focus node.
"""

import random
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple
from tests.helpers.project import QUICK, ROOT
from tests.helpers.shapes import CASES, FOLDER, shapes_of

from g7kg.build.assembly import Assembly
from g7kg.build.graph import turtle_to_quads
from g7kg.rdf.vocab import BASE, G7, IDENTIFIERS, PREFIXES, RDFS, graph_iri
from g7kg.shacl import Report, validate_quads

SH = "http://www.w3.org/ns/shacl#"
SHAPES = f"{BASE}shapes#"
Term = NamedNode | BlankNode | Literal | Triple
PARAMETERS = (
    "and class closed datatype disjoint equals hasValue in languageIn lessThan lessThanOrEquals maxCount maxExclusive"
    " maxInclusive maxLength minCount minExclusive minInclusive minLength node nodeKind not or pattern"
    " qualifiedMaxCount qualifiedMinCount uniqueLang xone"
)
COMPONENTS = {name: name[0].upper() + name[1:] for name in PARAMETERS.split()} | {"sparql": "SPARQL"}


@cache
def expected(case: Path) -> set[str]:
    return set(re.findall(r"^# expect: (.+)$", case.read_text("utf-8"), re.MULTILINE)) - {"nothing"}


def found(report: Report) -> set[str]:
    return {
        f"{finding.severity.name.lower()} {finding.source_shape.removeprefix(SHAPES)}"
        f" {finding.component.removeprefix(SH).removesuffix('ConstraintComponent')}"
        f" <{finding.focus_node.removeprefix(IDENTIFIERS)}>"
        for finding in report.findings
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_a_case_gives_just_the_findings_that_it_names(case: Path) -> None:
    quads = ox.parse(path=case, format=ox.RdfFormat.TURTLE)
    assert found(validate_quads(quads, shapes_of(case.parent.name.removesuffix("Shape")))) == expected(case)


def test_every_folder_of_cases_has_one_that_conforms_and_others_that_do_not() -> None:
    conforming = [case for case in CASES if not expected(case)]
    assert [case.stem for case in conforming if not case.stem.startswith("conforms")] == []
    assert {case.parent.name for case in conforming} == {case.parent.name for case in CASES}


def constraints(assembly: Assembly) -> set[str]:
    """Return each shape that reports by itself, with each of its constraint components."""
    reporting = {quad.subject for quad in assembly.shapes if quad.predicate.value == SH + "message"}
    return {
        f"{quad.subject.value.removeprefix(SHAPES)} {COMPONENTS[quad.predicate.value.removeprefix(SH)]}"
        for quad in assembly.shapes
        if isinstance(quad.subject, NamedNode)
        and quad.subject in reporting
        and quad.predicate.value.removeprefix(SH) in COMPONENTS
    }


def test_every_constraint_of_every_shape_fails_in_a_case(assembly: Assembly) -> None:
    hit = {" ".join(line.split(" ")[1:3]) for case in CASES for line in expected(case)}
    assert constraints(assembly) - hit == set()
    assert hit - constraints(assembly) == set()


def said(assembly: Assembly, predicate: str) -> dict[str, str]:
    """Return what each shape says by ``predicate``, by the shape's name."""
    return {
        quad.subject.value.removeprefix(SHAPES): quad.object.value
        for quad in assembly.shapes
        if quad.predicate.value == SH + predicate
        and isinstance(quad.subject, NamedNode)
        and isinstance(quad.object, NamedNode | Literal)
    }


def test_no_repair_asks_a_stranger_to_change_our_shapes_or_ontology(assembly: Assembly) -> None:
    messages = said(assembly, "message").values()
    assert [one for one in messages if re.search(r"allow it|define it|Repair: build again\.$", one)] == []


def test_every_constraint_has_a_name_a_message_and_a_severity(assembly: Assembly) -> None:
    names = {line.split(" ")[0] for line in constraints(assembly)}
    assert names <= said(assembly, "name").keys()
    assert names == said(assembly, "message").keys() == said(assembly, "severity").keys()
    assert set(said(assembly, "severity").values()) == {SH + level for level in ("Violation", "Warning", "Info")}


def test_every_message_says_number_class_and_repair(assembly: Assembly) -> None:
    pattern = re.compile(r"([A-Z]{2})-(\d\d) \([a-z -]+\): .+\. Repair: .+\.")
    messages = said(assembly, "message")
    assert [name for name, message in messages.items() if not pattern.fullmatch(message)] == []


def test_every_requirement_number_is_unique_and_that_of_its_shape(assembly: Assembly) -> None:
    numbers = {name: message.split(" ")[0] for name, message in said(assembly, "message").items()}
    assert len(set(numbers.values())) == len(numbers)
    assert {name: name.rpartition("-")[2] for name in numbers} == {
        name: number.rpartition("-")[2] for name, number in numbers.items()
    }
    letters = {(name.partition("-")[0], number.partition("-")[0]) for name, number in numbers.items()}
    assert len(letters) == len({shape for shape, _ in letters}) == len({code for _, code in letters})


def test_a_file_holds_the_shapes_of_its_name() -> None:
    for file in (ROOT / "shapes").glob("*.ttl"):
        subjects = {quad.subject for quad in turtle_to_quads(file, graph_iri("shapes"))}
        names = {node.value.removeprefix(SHAPES) for node in subjects if isinstance(node, NamedNode)}
        pattern = "https://w3id.org/g7kg/(graph/)?shapes" if file.stem == "shapes" else rf"{file.stem}Shape(-\d\d)?"
        assert [name for name in names if not re.fullmatch(pattern, name)] == []


def test_shapes_speak_of_defined_terms_only(assembly: Assembly) -> None:
    text = "\n".join(file.read_text("utf-8") for file in (ROOT / "shapes").glob("*.ttl"))
    defined = {quad.subject for quad in assembly.quads if quad.predicate == RDFS("isDefinedBy")}
    assert {name for name in re.findall(r"\bg7:(\w+)", text) if G7(name) not in defined} == set()


@dataclass(frozen=True)
class Kind:
    """A kind of damage, as ``damage.toml`` explains."""

    where: str
    seen: bool = True
    keep: bool = False
    whole: bool = False


KINDS = {name: Kind(**stated) for name, stated in tomllib.loads((FOLDER / "damage.toml").read_text("utf-8")).items()}
HUB = 40  # what has more links than this is nobody's neighbour


@dataclass(frozen=True)
class Damage:
    """What goes, what comes, and the nodes at which its findings are looked for."""

    gone: frozenset[Triple]
    come: frozenset[Triple]
    near: frozenset[Term]


class Patient:
    """The project's graph, to be damaged at places that have nothing to do with each other."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        self.triples = {quad.triple for quad in quads}
        self.store = ox.Store()
        self.store.extend(Quad(triple.subject, triple.predicate, triple.object) for triple in self.triples)
        self.by_subject: dict[Term, set[Triple]] = defaultdict(set)
        self.links: dict[Term, set[Term]] = defaultdict(set)
        for triple in self.triples:
            self.by_subject[triple.subject].add(triple)
            self.links[triple.subject].add(triple.object)
            self.links[triple.object].add(triple.subject)

    def damages(self, kind: Kind, rng: random.Random) -> Iterator[Damage]:
        """Yield the damages of ``kind`` in random order."""
        solutions = self.store.query(f"SELECT * WHERE {{ {kind.where} }}", prefixes=PREFIXES)
        assert isinstance(solutions, ox.QuerySolutions)
        names = [variable.value for variable in solutions.variables]
        rows = [{name: term for name, term in zip(names, row, strict=True) if term} for row in solutions]
        rows.sort(key=str)
        rng.shuffle(rows)
        return (self.damage(kind, row) for row in rows)

    def damage(self, kind: Kind, row: dict[str, Any]) -> Damage:
        own = self.by_subject[row["s"]]
        fitting = {one for one in own if kind.whole or (one.predicate == row["p"] and one.object == row["o"])}
        come = {
            Triple(row["s"], row.get("q", row["p"]), row.get("r", one.object))
            for one in fitting
            if row.keys() & {"q", "r"}
        }
        touched = {node for triple in fitting | come for node in (triple.subject, triple.object)}
        around = {node for node in touched | self.links[row["s"]] if is_ours(node) and len(self.links[node]) <= HUB}
        siblings = {node for node in self.by_subject if kind.whole and is_sibling(node, row["s"])}
        return Damage(
            frozenset() if kind.keep else frozenset(fitting), frozenset(come), frozenset({row["s"]} | around | siblings)
        )


def is_ours(node: Term) -> bool:
    return isinstance(node, NamedNode) and node.value.startswith(IDENTIFIERS)


def is_sibling(node: Term, other: NamedNode) -> bool:
    """Whether both are below the same thing, which is not a whole document."""
    above = other.value.rpartition("/")[0].removeprefix(IDENTIFIERS)
    return "/" in above and isinstance(node, NamedNode) and node.value.rpartition("/")[0] == IDENTIFIERS + above


def place(patient: Patient, kinds: dict[str, Kind]) -> dict[str, Damage]:
    """Return one damage of each kind, apart from each other."""
    rng, done = random.Random(0), dict[str, Damage]()  # noqa: S311 - it is to be repeatable
    for name, kind in kinds.items():
        taken = frozenset[Term]().union(*(damage.near for damage in done.values()))
        done[name] = next(damage for damage in patient.damages(kind, rng) if not damage.near & taken)
    return done


@pytest.fixture(scope="module")
def seen(assembly: Assembly) -> dict[str, bool]:
    """Do one damage of every kind, those that are to be seen and the others apart; tell which are seen."""
    patient, outcome = Patient(assembly.quads), dict[str, bool]()
    for visible in (True, False):
        done = place(patient, {name: kind for name, kind in KINDS.items() if kind.seen == visible})
        gone = {triple for damage in done.values() for triple in damage.gone}
        damaged = patient.triples - gone | {triple for damage in done.values() for triple in damage.come}
        quads = [Quad(one.subject, one.predicate, one.object) for one in damaged]
        report = validate_quads(quads, assembly.shapes, QUICK.engine)
        nodes = {NamedNode(finding.focus_node) for finding in report.findings}
        for name, damage in done.items():
            outcome[name] = bool(nodes & damage.near)
    return outcome


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS, ids=lambda name: name.replace(" ", "-"))
def test_random_damage_is_seen_or_not_as_documented(kind: str, seen: dict[str, bool]) -> None:
    assert seen[kind] == KINDS[kind].seen
    told = (ROOT / "docs/shapes.md").read_text("utf-8")
    assert f"| {kind} | {'yes' if KINDS[kind].seen else 'no'} |" in told
