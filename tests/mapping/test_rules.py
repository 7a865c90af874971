"""Rules, each on the least graph that shows what it derives and what it does not."""

from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox
import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store, Triple
from tests.helpers.sparql import PREFIXES
from tests.helpers.tables import read_table

from g7kg.build.assembly import Assembly
from g7kg.build.rules import Rule, derive_triples, read_rules
from g7kg.errors import RuleError
from g7kg.mapping.workspace import Workspace
from g7kg.rdf.vocab import graph_iri

CASES = read_table("rules")


def parse(turtle: str) -> list[Quad]:
    quads = ox.parse(f"{PREFIXES}PREFIX : <https://example.org/>\n{turtle}", format=ox.RdfFormat.TURTLE)
    return [Quad(quad.subject, quad.predicate, quad.object) for quad in quads]


def derive(stated: Iterable[Quad], rules: list[Rule]) -> list[Triple]:
    store = Store()
    store.extend(stated)
    nodes = {node for quad in store for node in (quad.subject, quad.object) if isinstance(node, NamedNode)}
    store.extend(Quad(node, NamedNode("urn:x:is"), Literal("there")) for node in nodes)
    return list(derive_triples(store, rules))


@pytest.fixture(scope="module")
def rules(workspace: Workspace) -> dict[str, Rule]:
    return {rule.path.stem: rule for rule in read_rules(workspace.ontology / "rules")}


def test_every_rule_has_a_case(rules: dict[str, Rule]) -> None:
    assert list(rules) == list(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_rule_derives_just_this(name: str, rules: dict[str, Rule]) -> None:
    got = derive(parse(CASES[name]["given"]), [rules[name]])
    assert len(got) == len(set(got))
    assert set(got) == {quad.triple for quad in parse(CASES[name]["derived"])}


def test_a_rule_sees_what_the_rules_before_it_derived_and_repeats_nothing(rules: dict[str, Rule]) -> None:
    stated = parse(":s a g7:Statement ; g7:expresses :u .")
    order = [rules["61-no-follow-up"], rules["60-status"], rules["61-no-follow-up"]]
    assert [triple.predicate.value for triple in derive(stated, order)] == ["https://w3id.org/g7kg/ontology#status"]


def test_what_is_derived_is_in_the_store_too(rules: dict[str, Rule]) -> None:
    store = Store()
    store.extend(parse(":s a g7:Statement ; g7:expresses :u . :u a g7:Request ."))
    (triple,) = derive_triples(store, [rules["61-no-follow-up"]])
    assert Quad(*triple) in store
    assert len(store) == 4


def test_the_rules_have_nothing_to_add_to_what_they_derived(rules: dict[str, Rule], assembly: Assembly) -> None:
    store = Store()
    store.extend(Quad(*quad.triple) for quad in assembly.quads if quad.graph_name != graph_iri("catalogue"))
    assert list(derive_triples(store, list(rules.values()))) == []


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("CONSTRUCT { ?s ?p }", "the rule is not valid SPARQL"),
        ("SELECT * WHERE { ?s ?p ?o }", "the rule is not a CONSTRUCT query"),
    ],
)
def test_a_file_that_is_no_rule_is_refused_by_name(query: str, message: str) -> None:
    with pytest.raises(RuleError, match=rf"^bad\.rq: {message}"):
        derive([], [Rule(Path("bad.rq"), query)])
