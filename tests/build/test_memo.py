"""What was made before is taken as it was: after each of many edits a build makes what one from nothing makes."""

import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest
from pyoxigraph import Quad, RdfFormat
from tests.helpers.project import ROOT, needs_engine
from tests.helpers.rules import derive_triples
from tests.helpers.workspaces import build_graph, make_workspace

from g7kg.build.rules import Rule
from g7kg.build.work import WorkFolder
from g7kg.errors import RuleError
from g7kg.mapping.workspace import Workspace
from g7kg.rdf.lines import read_lines

Edit = tuple[str, str, str]
"""A file of a workspace, what stands in it, and what is to stand there; a new file has nothing before."""

IN_SCHEME = "skos:inScheme <https://w3id.org/g7kg/scheme/"
CATALOGUE = "mappings/cssii-2020.yaml"
SMALL: tuple[list[Edit], ...] = (
    [(CATALOGUE, "the objectives needed for a", "the aims needed for a")],
    [
        (CATALOGUE, "        count: 2\n", "        count: 2\n        due: 1999-01-01\n"),
        (CATALOGUE, "        speechAct: describe", "        speechAct: thank"),
        (CATALOGUE, "        about: instrument:charter-digitally-connected-world\n", ""),
    ],
    [("ontology/schemes/topic.ttl", f"{IN_SCHEME}topic>", f"{IN_SCHEME}role>")],  # of a topic: no document changes
    [("ontology/g7.ttl", "\ng7:gist a", "\ng7:form rdfs:subPropertyOf g7:gist .\n\ng7:gist a")],
    [(CATALOGUE, "            form: FAMs\n", "            form: the FAMs\n")],
    [
        ("shapes/Statement.ttl", "at most 320 characters", "at most 321 characters"),
        ("ontology/rules/91-gist.rq", "g7:gist|g7:form", "g7:gist"),
        ("ontology/rules/95-new.rq", "", "CONSTRUCT { ?s ?p <urn:x:new> } WHERE { ?s ?p 'FAMs'@en }"),
    ],
)
FOLLOWED = "            followUpOf: undertaking:"
LEADERS = "mappings/apulia-2024.yaml"
REAL: tuple[list[Edit], ...] = (
    [(LEADERS, "        gist: The", "        gist: All the")],
    [(LEADERS, f"{FOLLOWED}ai-governance-frameworks-interoperability", f"{FOLLOWED}hiroshima-dissemination")],
    [(LEADERS, "            status: advanced\n", "            status: delivered\n")],
    [("mappings/verona-trento-2024.yaml", "        speechAct: describe", "        speechAct: welcome")],
    [("mappings/labels/fr.ttl", "@fr", "@de")],
)


def test_after_every_edit_a_build_makes_what_a_build_from_nothing_makes(small: Workspace, tmp_path: Path) -> None:
    needs_engine()
    follow(small, SMALL, tmp_path, each=True)


@pytest.mark.soak
def test_after_all_edits_of_the_real_graph_a_build_makes_what_a_build_from_nothing_makes(tmp_path: Path) -> None:
    """They are at different places: what an edit does not bring about is missing at the end, too."""
    needs_engine()
    root = make_workspace(tmp_path / "real", {})
    for name in ("ontology", "shapes"):
        (root / name).unlink()
        shutil.copytree(ROOT / name, root / name)
    follow(Workspace(root, root / "build"), REAL, tmp_path, each=False)


def follow(workspace: Workspace, steps: tuple[list[Edit], ...], folder: Path, *, each: bool) -> None:
    """Make the edits of each of ``steps`` and build with what was kept; compare that with a build from nothing."""
    build_graph(workspace, folder / "first", folder / "work")
    for number, edits in enumerate(steps):
        for name, old, new in edits:
            path = workspace.root / name
            assert not old or old in path.read_text("utf-8")
            path.write_text(path.read_text("utf-8").replace(old, new, 1) if old else new, "utf-8")
        kept, report = build_graph(workspace, folder / f"{number}-kept", folder / "work")
        if each or number == len(steps) - 1:
            made, expected = build_graph(workspace, folder / f"{number}-made", folder / f"work-{number}")
            assert sorted(read_lines(kept.stated)) == sorted(read_lines(made.stated)), edits
            assert set(ox.Store.read_only(str(kept.store))) == set(ox.Store.read_only(str(made.store))), edits
            assert report == expected, edits
            assert kept.digests == made.digests


def derive(work: WorkFolder, query: str, *lines: str) -> list[str]:
    """Return what a rule derives of ``lines``, each subject, predicate and object below ``urn:``."""
    stated = [" ".join(f"<urn:{word}>" for word in line.split()) + " ." for line in lines]
    store = ox.Store()
    store.extend(Quad(*quad.triple) for quad in ox.parse("\n".join(stated), format=RdfFormat.N_TRIPLES))
    rule = Rule(Path("rule.rq"), f"PREFIX : <urn:> {query}")
    return [str(triple).replace("<urn:", "").replace(">", "") for triple in derive_triples(store, [rule], work)]


def count_outcomes(work: WorkFolder) -> int:
    return sum(1 for _ in work.path.glob("*/*.outcome"))


def test_a_rule_is_asked_again_only_if_a_triple_that_it_reads_has_changed(work: WorkFolder) -> None:
    query = "CONSTRUCT { ?s :c ?o } WHERE { ?s :a ?o }"
    assert derive(work, query, "s a o", "s b o") == ["s c o"]
    assert derive(work, query, "s a o", "s b p") == ["s c o"]
    assert count_outcomes(work) == 1
    assert derive(work, query, "s a p", "s b o") == ["s c p"]
    assert derive(work, query.replace("?s :c", "?s :d"), "s a o", "s b o") == ["s d o"]
    assert count_outcomes(work) == 3


def test_a_predicate_that_stands_in_a_variable_is_followed_too(work: WorkFolder) -> None:
    query = "CONSTRUCT { ?s :c ?o } WHERE { ?p :sub :q . ?s ?p ?o }"
    assert derive(work, query, "p sub q", "s p o", "s x o") == ["s c o"]
    assert derive(work, query, "p sub q", "s p o", "s x r") == ["s c o"]
    assert count_outcomes(work) == 1
    assert derive(work, query, "p sub q", "s p r", "s x o") == ["s c r"]
    assert derive(work, query, "x sub q", "s p o", "s x o") == ["s c o"]


def test_what_is_stated_at_one_time_is_derived_at_another(work: WorkFolder) -> None:
    query = "CONSTRUCT { ?s ?p ?o } WHERE { ?l :from ?s ; :relation ?p ; :to ?o }"
    link = ("l from s", "l relation r", "l to o", "s a t")
    assert derive(work, query, *link, "s r o") == []
    assert derive(work, query, *link) == ["s r o"]
    assert derive(work, query, *link, "s r o") == []


def test_what_nothing_is_stated_of_any_more_is_refused_though_a_rule_has_derived_something_of_it(
    work: WorkFolder,
) -> None:
    query = "CONSTRUCT { ?o :c ?s } WHERE { ?s :a ?o }"
    assert derive(work, query, "s a o", "o b s") == ["o c s"]
    with pytest.raises(RuleError, match="nothing is stated"):
        derive(work, query, "s a o", "s b o")


def test_what_varies_by_itself_is_asked_every_time(work: WorkFolder) -> None:
    query = "CONSTRUCT { ?s :c ?o } WHERE { ?s :a ?o FILTER(YEAR(NOW()) > 2020) }"
    assert derive(work, query, "s a o") == ["s c o"]
    assert count_outcomes(work) == 0


def test_what_is_derived_with_a_blank_node_is_not_kept_as_it_would_be_another_one(work: WorkFolder) -> None:
    store = ox.Store()
    store.add(Quad(ox.NamedNode("urn:s"), ox.NamedNode("urn:a"), ox.BlankNode("c14n0")))
    derive_triples(store, [Rule(Path("rule.rq"), "CONSTRUCT { ?s <urn:b> ?o } WHERE { ?s <urn:a> ?o }")], work)
    assert {quad.object for quad in store} == {ox.BlankNode("c14n0")}
    assert count_outcomes(work) == 0
