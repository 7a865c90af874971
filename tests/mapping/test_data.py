"""The data files: what holds for all of them together."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import yaml
from pyld import jsonld
from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from g7kg.build.assembly import Assembly
from g7kg.mapping.context import CONTEXT_IRI, Context
from g7kg.mapping.workspace import Workspace
from g7kg.rdf.vocab import BASE, G7, RDFS, SKOS, graph_iri
from g7kg.texts.copies import list_runs

ROOT = Path(__file__).parents[2]
MAPPINGS = sorted((ROOT / "mappings").rglob("*.yaml"))


def iris(quads: tuple[Quad, ...]) -> Iterator[str]:
    for quad in quads:
        for term in (quad.subject, quad.predicate, quad.object):
            if isinstance(term, NamedNode):
                yield term.value


def test_no_iri_of_the_project_dangles(assembly: Assembly) -> None:
    subjects = {quad.subject.value for quad in assembly.quads if isinstance(quad.subject, NamedNode)}
    named = {iri for iri in iris(assembly.quads) if iri.startswith(BASE)}
    documents = {f"{BASE}ontology/1.2.0"}
    assert named - subjects - documents == set()


def minted_terms(assembly: Assembly) -> set[str]:
    return {
        quad.subject.value
        for quad in assembly.quads
        if quad.predicate == RDFS("isDefinedBy") and isinstance(quad.subject, NamedNode)
    }


def test_every_minted_term_is_used_and_every_used_one_is_minted(assembly: Assembly) -> None:
    minted = minted_terms(assembly)
    outside = tuple(quad for quad in assembly.quads if str(quad.subject).strip("<>") not in minted)
    used = {iri for iri in iris(outside) if iri.startswith(G7.iri)}
    superclasses = {quad.object.value for quad in assembly.quads if quad.predicate == RDFS("subClassOf")}  # type: ignore[union-attr]  # an IRI
    prints = {G7(name).value for name in ("Edition", "edition", "wording", "verifiedAgainst")}  # of texts at hand
    assert used - minted == set()
    assert minted - used - superclasses - prints == set()


def test_every_minted_property_is_shaped(assembly: Assembly) -> None:
    kinds = {NamedNode("http://www.w3.org/2002/07/owl#" + kind) for kind in ("ObjectProperty", "DatatypeProperty")}
    properties = {
        str(quad.subject).strip("<>") for quad in assembly.quads if quad.object in kinds and G7.iri in str(quad.subject)
    }
    shaped = {iri for iri in iris(assembly.shapes) if iri.startswith(G7.iri)}
    queries = " ".join(quad.object.value for quad in assembly.shapes if isinstance(quad.object, Literal))
    assert properties
    assert {iri for iri in properties - shaped if f"g7:{iri.removeprefix(G7.iri)}" not in queries} == set()


def test_only_ontology_and_shapes_have_blank_nodes(assembly: Assembly) -> None:
    blank = {
        quad.graph_name
        for quad in assembly.quads
        if isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode)
    }
    assert blank <= {graph_iri("ontology")}


def test_every_triple_stands_in_one_named_graph(assembly: Assembly) -> None:
    quads = [*assembly.quads, *assembly.shapes]
    assert len({quad.triple for quad in quads}) == len(set(quads))


def test_every_concept_of_the_verbs_has_a_class_and_a_usual_strength(assembly: Assembly) -> None:
    scheme = NamedNode(BASE + "scheme/speech-act")
    dataset = ox.Dataset(assembly.quads)
    concepts = {quad.subject for quad in dataset.quads_for_object(scheme) if quad.predicate == SKOS("inScheme")}
    classes = {quad.object for quad in dataset.quads_for_subject(scheme) if quad.predicate == SKOS("hasTopConcept")}
    rated = {quad.subject for quad in dataset.quads_for_predicate(G7("usualStrength"))}
    assert len(classes) == 5
    assert rated == concepts - classes


def test_every_verb_of_the_scheme_is_used(assembly: Assembly) -> None:
    dataset = ox.Dataset(assembly.quads)
    used = {quad.object for quad in dataset.quads_for_predicate(G7("speechAct"))}
    rated = {quad.subject for quad in dataset.quads_for_predicate(G7("usualStrength"))}
    assert rated - used == set()


def test_every_key_of_the_forms_is_in_the_context_and_the_other_way_round(context: Context) -> None:
    keys = {key for form in context.forms.types.values() for key in form.keys}
    assert keys == set(context.terms)
    assert set(context.forms.types) == set(context.classes)
    assert set(context.forms.nested) <= keys
    assert not keys & set(context.prefixes), "JSON-LD would misread a key with the name of a prefix"


class CoreSchemaLoader(yaml.SafeLoader):
    """Reads YAML as its core schema has it (YAML 1.2, section 10.3), as far as the mappings go."""


CoreSchemaLoader.yaml_implicit_resolvers = {}
CoreSchemaLoader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]+$"), list("-+0123456789"))
CoreSchemaLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def local_context(url: str, _options: dict[str, Any]) -> dict[str, Any]:
    assert url == CONTEXT_IRI
    document = json.loads((ROOT / "ontology" / "context.jsonld").read_text("utf-8"))
    return {"contextUrl": None, "documentUrl": url, "document": document, "contentType": "application/ld+json"}


@pytest.fixture(scope="module")
def triples(assembly: Assembly) -> set[ox.Triple]:
    return {quad.triple for quad in assembly.quads}


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: path.stem)
def test_what_a_plain_json_ld_processor_reads_is_a_subset_of_our_graph(path: Path, triples: set[ox.Triple]) -> None:
    document = yaml.load(path.read_text("utf-8"), CoreSchemaLoader)  # noqa: S506 - a SafeLoader with fewer types
    nquads = jsonld.to_rdf(document, {"format": "application/n-quads", "documentLoader": local_context, "base": ""})
    theirs = {quad.triple for quad in ox.parse(nquads, format=ox.RdfFormat.N_QUADS)}
    assert len(theirs) > 2
    assert theirs - triples == set()


def names(assembly: Assembly) -> Iterator[str]:
    """Yield what may be quoted at length: names of documents, bodies and events, and offices as styled."""
    keys = {SKOS("prefLabel"), SKOS("altLabel"), NamedNode("http://purl.org/dc/terms/title"), G7("titleAsStated")}
    annexes = {quad.subject for quad in assembly.quads if quad.object == G7("Annex")}
    for quad in assembly.quads:
        is_name = quad.predicate in keys or (quad.subject in annexes and quad.predicate == RDFS("label"))
        if is_name and isinstance(quad.object, Literal):
            yield quad.object.value


def test_no_literal_has_more_than_eight_words_in_a_row_from_the_documents(assembly: Assembly, texts: Path) -> None:
    of_documents = set().union(*(list_runs(path.read_text("utf-8")) for path in texts.rglob("*") if path.is_file()))
    foreign = of_documents.difference(*map(list_runs, names(assembly)))
    literals = {quad.object.value for quad in (*assembly.quads, *assembly.shapes) if isinstance(quad.object, Literal)}
    copied = {text for text in literals if not foreign.isdisjoint(list_runs(text))}
    assert sorted(copied) == []


def test_no_gist_stands_twice_in_one_document(assembly: Assembly) -> None:
    gists = [(quad.graph_name, quad.object) for quad in assembly.quads if quad.predicate == G7("gist")]
    assert len(gists) > 200
    twice = {gist for gist in gists if gists.count(gist) > 1}
    assert twice == set()


def test_the_label_of_an_undertaking_has_at_most_eight_words(assembly: Assembly) -> None:
    kinds = {G7("Commitment"), G7("Request"), G7("Announcement")}
    undertakings = {quad.subject for quad in assembly.quads if quad.object in kinds}
    named = [quad for quad in assembly.quads if quad.predicate == RDFS("label") and quad.subject in undertakings]
    labels = [quad.object.value for quad in named if isinstance(quad.object, Literal)]
    assert len(labels) > 200
    assert [label for label in labels if len(label.split()) > 8] == []


def test_what_we_write_has_typographic_apostrophes(assembly: Assembly) -> None:
    """What documents wrote stays as it is: titles, forms, cues; the label of a title has our sign."""
    ours = {*map(SKOS, ("prefLabel", "altLabel", "definition", "example")), *map(G7, ("gist", "reason")), RDFS("label")}
    straight = {
        (quad.subject, quad.object.value)
        for quad in assembly.quads
        if quad.predicate in ours and isinstance(quad.object, Literal) and re.search(r"\w'", quad.object.value)
    }
    assert straight == set()


def test_no_concept_has_the_name_of_a_key_which_json_ld_would_take_it_for(
    workspace: Workspace, context: Context
) -> None:
    names_of_context = set(context.terms) | set(context.prefixes) | set(context.classes)
    quads = [quad for path in (workspace.ontology / "schemes").glob("*.ttl") for quad in ox.parse(path=path)]
    members = [quad.subject for quad in quads if quad.predicate == SKOS("inScheme")]
    concepts = {member.value.rpartition("/")[2] for member in members if isinstance(member, NamedNode)}
    assert concepts
    assert concepts & names_of_context == set()
