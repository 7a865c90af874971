"""Rules, each on the least graph that shows what it derives and what it does not."""

from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox
import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store, Triple
from tests.helpers.garbage import collect_elsewhere
from tests.helpers.rules import derive_triples
from tests.helpers.sparql import PREFIXES
from tests.helpers.tables import read_table

from g7kg.build.assembly import Assembly
from g7kg.build.rules import Rule, read_rules
from g7kg.build.work import WorkFolder
from g7kg.errors import RuleError
from g7kg.mapping.workspace import Workspace
from g7kg.rdf.vocab import G7, graph_iri

CASES = read_table("rules")


def parse(turtle: str) -> list[Quad]:
    quads = ox.parse(f"{PREFIXES}PREFIX : <https://example.org/>\n{turtle}", format=ox.RdfFormat.TURTLE)
    return [Quad(quad.subject, quad.predicate, quad.object) for quad in quads]


def derive(stated: Iterable[Quad], rules: list[Rule], work: WorkFolder) -> list[Triple]:
    store = Store()
    store.extend(stated)
    nodes = {node for quad in store for node in (quad.subject, quad.object) if isinstance(node, NamedNode)}
    store.extend(Quad(node, NamedNode("urn:x:is"), Literal("there")) for node in nodes)
    return derive_triples(store, rules, work)


@pytest.fixture(scope="module")
def rules(workspace: Workspace) -> dict[str, Rule]:
    return {rule.path.stem: rule for rule in read_rules(workspace.ontology / "rules")}


def test_every_rule_has_a_case(rules: dict[str, Rule]) -> None:
    assert list(rules) == list(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_rule_derives_just_this(name: str, rules: dict[str, Rule], work: WorkFolder) -> None:
    got = derive(parse(CASES[name]["given"]), [rules[name]], work)
    assert len(got) == len(set(got))
    assert set(got) == {quad.triple for quad in parse(CASES[name]["derived"])}


def test_a_rule_sees_what_the_rules_before_it_derived_and_repeats_nothing(
    rules: dict[str, Rule], work: WorkFolder
) -> None:
    stated = parse(":s a g7:Statement ; g7:expresses :u .")
    order = [rules["61-no-follow-up"], rules["60-status"], rules["61-no-follow-up"]]
    assert [triple.predicate for triple in derive(stated, order, work)] == [G7("status")]


def test_the_rules_have_nothing_to_add_to_what_they_derived(
    rules: dict[str, Rule], assembly: Assembly, work: WorkFolder
) -> None:
    store = Store()
    store.extend(Quad(*quad.triple) for quad in assembly.quads if quad.graph_name != graph_iri("catalogue"))
    assert derive_triples(store, list(rules.values()), work) == []


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("CONSTRUCT { ?s ?p }", "the rule is not valid SPARQL"),
        ("SELECT * WHERE { ?s ?p ?o }", "the rule is not a CONSTRUCT query"),
    ],
)
def test_a_file_that_is_no_rule_is_refused_by_name(query: str, message: str, work: WorkFolder) -> None:
    with pytest.raises(RuleError, match=rf"^bad\.rq: {message}"):
        derive([], [Rule(Path("bad.rq"), query)], work)


def test_an_error_that_is_kept_keeps_no_result_that_another_thread_would_drop(
    work: WorkFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("g7kg.build.rules._BATCH", 1)
    stated = parse(":s a g7:Statement .")
    rule = Rule(Path("bad.rq"), "CONSTRUCT { ?p ?s ?o . ?o ?p ?s } WHERE { ?s ?p ?o }")
    assert collect_elsewhere(lambda: derive(stated, [rule], work)) == []
