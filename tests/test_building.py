"""A build document by document: the same graph and the same findings, however the work is divided or broken off."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pyoxigraph as ox
import pytest
from benchmarks.corpus import write_corpus
from pyoxigraph import Literal, NamedNode, Quad, Triple

from g7kg.assembly import Assembly, assemble, extend_default
from g7kg.building.conformance import validate_store
from g7kg.building.lines import sort_lines, split_quad, to_file, to_triples
from g7kg.building.pool import run_tasks, split_tasks
from g7kg.building.work import UNUSED_DAYS, Means, WorkFolder, open_work
from g7kg.errors import G7kgError, NonConformance, ShapesError, WorkspaceError
from g7kg.manifest import MANIFEST
from g7kg.mapping import Context, MappingFile, read_mapping_file
from g7kg.snapshot import Options, build_snapshot
from g7kg.validation import Finding, Report, validate_quads
from g7kg.validation.reach import Step, read_reach
from g7kg.vocab import graph_iri
from g7kg.workspace import Workspace
from tests.conftest import quiet
from tests.test_shapes import CASES, shapes_of
from tests.test_snapshot import change, copy_workspace

REGISTRY = graph_iri("registry")


def in_registry(triple: Triple) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object, REGISTRY)


def in_parts(
    quads: Iterable[Quad],
    shapes: Iterable[Quad],
    folder: Path,
    means: Means,
    parts: Sequence[Iterable[Quad]] = (),
) -> Report:
    """Validate as a build does: by ``parts``, or else with a part for each subject."""
    held = set(quads)
    if not parts:
        by_subject: defaultdict[object, list[Quad]] = defaultdict(list)
        for quad in held:
            by_subject[quad.subject].append(quad)
        parts = list(by_subject.values())
    store = ox.Store(folder / "store")
    extend_default(store, held)
    store.flush()
    del store
    files = [write(part, folder / f"{number}.nq") for number, part in enumerate(parts)]
    return validate_store(folder / "store", files, write(shapes, folder / "shapes.nq"), "shacl", means)


def write(quads: Iterable[Quad], path: Path) -> Path:
    path.write_text("".join(sorted(f"{in_registry(quad.triple)} .\n" for quad in quads)), "utf-8")
    return path


def mkdir(folder: Path) -> Path:
    folder.mkdir()
    return folder


def needs_engine() -> None:
    pytest.importorskip("shacl", reason="needs the package shacl, which has no wheel for this machine")


def told(findings: Iterable[Finding]) -> set[Finding]:
    """Leave out what anonymous shapes are called, which differs from one validation to the next."""
    return {replace(one, source_shape="_:") if one.source_shape.startswith("_:") else one for one in findings}


@pytest.mark.parametrize("case", CASES[::8], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_cases_give_the_same_findings_subject_by_subject(case: Path, tmp_path: Path, means: Means) -> None:
    needs_engine()
    quads = [in_registry(quad.triple) for quad in ox.parse(path=case)]
    shapes = shapes_of(case.parent.name.removesuffix("Shape"))
    whole = validate_quads(quads, shapes, "shacl")
    report = in_parts(quads, shapes, tmp_path, means)
    assert told(report.findings) == told(whole.findings)
    assert (report.quads, report.engine) == (whole.quads, whole.engine)


def test_findings_are_the_same_where_they_were_kept(tmp_path: Path, means: Means) -> None:
    needs_engine()
    data = ":a :p :b , 'x'@en , 7 . :b :p :c ."
    shapes = read(":S sh:targetSubjectsOf :p ; sh:path ( :p [ sh:alternativePath ( :p :q ) ] ) ; sh:minCount 2 .")
    first, second = (in_parts(read(data), shapes, mkdir(tmp_path / name), means) for name in ("first", "second"))
    assert second == first
    assert len(first.findings) == 2


def damage(triples: Sequence[Triple], rng: random.Random) -> set[Triple]:
    """Return ``triples`` without some, and with values where they do not belong."""
    strange = rng.sample(triples, 30)
    moved = {Triple(one.subject, one.predicate, other.object) for one, other in pairwise(strange)}
    twice = {Triple(one.subject, one.predicate, Literal("x")) for one in rng.sample(triples, 10)}
    return set(triples) - set(rng.sample(triples, 60)) | moved | twice


@pytest.mark.parametrize("seed", range(2))
def test_a_damaged_graph_gives_the_same_findings_document_by_document(
    seed: int, assembly: Assembly, tmp_path: Path, means: Means
) -> None:
    needs_engine()
    rng = random.Random(seed)  # noqa: S311 - it is to be repeatable
    ours = sorted((quad.triple for quad in assembly.quads if quad.graph_name != graph_iri("ontology")), key=str)
    ontology = [quad for quad in assembly.quads if quad.graph_name == graph_iri("ontology")]
    quads = [*ontology, *(in_registry(triple) for triple in damage(ours, rng))]
    owners = [{quad.subject for quad in ox.parse(path=file)} for file in assembly.defining]
    parts = [[quad for quad in quads if quad.subject in subjects] for subjects in owners]
    whole = validate_quads(quads, assembly.shapes, "shacl")
    assert len(whole.findings) > 100
    assert told(in_parts(quads, assembly.shapes, tmp_path, means, parts).findings) == told(whole.findings)


def read(turtle: str) -> list[Quad]:
    prefixes = "@prefix : <http://e/> . @prefix sh: <http://www.w3.org/ns/shacl#> . "
    return [in_registry(quad.triple) for quad in ox.parse(prefixes + turtle, format=ox.RdfFormat.TURTLE)]


def node(name: str) -> NamedNode:
    return NamedNode(f"http://e/{name}")


def step(forward: str = "", inverse: str = "") -> Step:
    return Step(frozenset(map(node, forward.split())), frozenset(map(node, inverse.split())))


REACHES = {
    "one": (":S sh:property [ sh:path :p ; sh:minCount 1 ] .", (step("p"),)),
    "two": (":S sh:property [ sh:path ( :p :q ) ] .", (step("p"), step("q"))),
    "inverse": (":S sh:path [ sh:inversePath ( :p :q ) ] .", (step("", "q"), step("", "p"))),
    "alternative": (
        ":S sh:path ( [ sh:inversePath :p ] [ sh:alternativePath ( :q ( :r :t ) ) ] ) .",
        (step("", "p"), step("q r"), step("t")),
    ),
    "nested": (
        ":S sh:property [ sh:path :p ; sh:node [ sh:property [ sh:path :q ; sh:lessThan :r ] ] ] .",
        (step("p"), step("q r")),
    ),
    "or": (
        ":S sh:property [ sh:path :p ; sh:or ( [ sh:path :q ] [ sh:not [ sh:path :r ] ] ) ] .",
        (step("p"), step("q r")),
    ),
    "pair": (":S sh:path [ sh:zeroOrOnePath :p ] ; sh:disjoint :q .", (step("p q"),)),
    "branches": (
        ":S sh:path ( [ sh:alternativePath ( :p ( :q :r ) ) ] [ sh:zeroOrOnePath :t ] :u ) .",
        (step("p q"), step("r t u"), step("t u"), step("u")),
    ),
}


@pytest.mark.parametrize(("shape", "steps"), REACHES.values(), ids=REACHES)
def test_shapes_look_just_so_far(shape: str, steps: tuple[Step, ...]) -> None:
    assert read_reach(ox.Dataset(Quad(*quad.triple) for quad in read(shape)), [node("S")]) == steps


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (":S sh:path [ sh:zeroOrMorePath :p ] .", "a path has no bound: it has * or +"),
        (":S sh:property [ sh:path :p ; sh:node :S ] . :T sh:node :S .", "the shape <http://e/S> refers to itself"),
        (":S sh:property [ sh:path :p ; sh:node :T ] . :T sh:closed true .", "<http://e/T> is closed and for values"),
        (":S sh:qualifiedValueShapesDisjoint true .", "<http://e/S> has a target and looks at its siblings"),
    ],
    ids=["endless", "recursive", "closed", "siblings"],
)  # fmt: skip
def test_shapes_that_look_without_bounds_are_refused(shape: str, message: str) -> None:
    with pytest.raises(ShapesError) as caught:
        read_reach(ox.Dataset(Quad(*quad.triple) for quad in read(shape)), [node("S")])
    hint = "the project is validated document by document: select the nodes with a SPARQL target instead"
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_constraints_by_sparql_are_refused_in_the_projects_shapes(tmp_path: Path, means: Means) -> None:
    shapes = read(":S sh:targetNode :a ; sh:sparql [ sh:select 'SELECT $this WHERE { }' ] .")
    with pytest.raises(ShapesError, match=r"the project's shapes cannot use http://www\.w3\.org/ns/shacl#sparql "):
        in_parts(read(":a :p :b ."), shapes, tmp_path, means)


@pytest.mark.parametrize(
    ("target", "selected"),
    [
        ("sh:targetNode :a , :nowhere , 7", {"http://e/a", "http://e/nowhere", '"7"^^<http://www.w3.org/2001/XMLSchema#integer>'}),
        ("sh:targetSubjectsOf :p", {"http://e/a"}),
        ("sh:targetObjectsOf :p", {"http://e/b", '"x"'}),
        ("a sh:NodeShape , <http://www.w3.org/2000/01/rdf-schema#Class>", {"http://e/b"}),
        ("sh:targetClass :K", {"http://e/b", "http://e/c"}),
    ],
)  # fmt: skip
def test_every_kind_of_target_is_found_part_by_part(
    target: str, selected: set[str], tmp_path: Path, means: Means
) -> None:
    needs_engine()
    general = "<http://www.w3.org/2000/01/rdf-schema#subClassOf>"
    data = read(f":a :p :b , 'x' . :b a :S . :c a :L . :S {general} :K . :L {general} :M . :M {general} :K .")
    shapes = read(f":S {target} ; sh:nodeKind sh:BlankNode .")
    found = {finding.focus_node for finding in in_parts(data, shapes, tmp_path, means).findings}
    assert found == selected == {finding.focus_node for finding in validate_quads(data, shapes).findings}


CLASS = "<http://www.w3.org/2000/01/rdf-schema#Class>"
NEIGHBOUR = ":T sh:targetNode :a ; sh:property [ sh:path :p ; sh:class :S ] ."
TOGETHER = {
    "a neighbour of a class that is a shape": (
        ":a :p :b . :b a :S ; :q 1 .",
        f":S a sh:NodeShape , {CLASS} ; sh:property :P . :P sh:path :q ; sh:minCount 1 . {NEIGHBOUR}",
        set(),
    ),
    "a class that is a shape without being called one": (
        ":a a :S .",
        f":S a {CLASS} ; sh:property [ sh:path :q ; sh:minCount 1 ] .",
        {"http://e/a"},
    ),
    "branches of different lengths": (
        ":a :p :b . :b :q 1 . :c :r :d . :d :t :e . :e :q 1 . :a a :K . :c a :K . :f a :K ; :p :c .",
        ":S sh:targetClass :K ; sh:path ( [ sh:alternativePath ( :p ( :r :t ) ) ] :q ) ; sh:minCount 1 .",
        {"http://e/f"},
    ),
    "steps that may be left out": (
        ":a a :K ; :p :b . :b :r :c . :c :q 1 . :d a :K ; :p :e . :e :q 1 . :g a :K ; :q 1 . :h a :K ; :r :a .",
        ":S sh:targetClass :K ; sh:path ( [ sh:zeroOrOnePath :p ] [ sh:zeroOrOnePath :r ] :q ) ; sh:minCount 1 .",
        {"http://e/h"},
    ),
    "a step back": (
        ":a :p :b . :c :p :b ; :q 1 . :a a :K . :d a :K ; :p :e . :e :p :e .",
        ":S sh:targetClass :K ; sh:path ( :p [ sh:inversePath :p ] :q ) ; sh:minCount 1 .",
        {"http://e/d"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TOGETHER, ids=lambda name: name.replace(" ", "-"))
def test_what_stands_around_a_document_is_seen(case: str, tmp_path: Path, means: Means) -> None:
    needs_engine()
    data, shapes, nodes = TOGETHER[case]
    whole = validate_quads(read(data), read(shapes))
    report = in_parts(read(data), read(shapes), tmp_path, means)
    assert {one.focus_node for one in report.findings} == {one.focus_node for one in whole.findings} == nodes


def test_lines_are_sorted_and_each_is_there_once_also_where_they_exceed_the_memory(tmp_path: Path) -> None:
    rng = random.Random(1)  # noqa: S311 - it is to be repeatable
    lines = [b"%d\n" % rng.randrange(300) for _ in range(1000)]
    for run in (7, 100, 1000, 1001):
        assert list(sort_lines(lines, tmp_path, run)) == sorted(set(lines))
    assert list(sort_lines([], tmp_path)) == []
    assert list(tmp_path.iterdir()) == []


def test_a_stream_of_lines_is_a_file_with_just_these_bytes() -> None:
    lines = [b"x" * size + b"\n" for size in (0, 1, 5000, 3_000_000, 2)] + [b"%d\n" % number for number in range(5000)]
    file = to_file(lines)
    parts = list(iter(lambda: file.read(1000), b""))
    assert b"".join(parts) == b"".join(lines)


def test_a_quad_is_parted_at_its_graph() -> None:
    line = b'<http://e/s> <http://e/p> "a <b> . c"@en <http://e/g> .\n'
    assert split_quad(line) == (b'<http://e/s> <http://e/p> "a <b> . c"@en', b"<http://e/g>")
    assert list(to_triples([line])) == [b'<http://e/s> <http://e/p> "a <b> . c"@en .\n']


def name_process(number: int) -> tuple[int, int]:
    time.sleep(0.05)
    return number, os.getpid()


def fail(number: int) -> int:
    if number == 3:
        raise WorkspaceError("three")
    return number


def die(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_tasks_are_done_by_several_processes_and_answered_in_order() -> None:
    numbers, processes = zip(*run_tasks(name_process, range(12), 2), strict=True)
    assert numbers == tuple(range(12))
    assert len(set(processes) - {os.getpid()}) == 2
    assert {process for _, process in run_tasks(name_process, range(3), 1)} == {os.getpid()}


def test_what_goes_wrong_in_a_process_is_told_by_the_build() -> None:
    with pytest.raises(WorkspaceError, match=r"^three$"):
        list(run_tasks(fail, range(6), 2))
    with pytest.raises(WorkspaceError, match=r"a process of the build has died \(it may need more memory"):
        list(run_tasks(die, range(6), 2))


def test_tasks_are_divided_so_that_no_process_is_idle() -> None:
    tasks = list(range(10))
    assert split_tasks(tasks, 8, 1) == [tasks]
    assert split_tasks(tasks, 8, 2) == [tasks[:5], tasks[5:]]
    assert split_tasks(tasks, 2, 2) == [tasks[start : start + 2] for start in range(0, 10, 2)]
    assert split_tasks([], 8, 2) == []


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("corpus")
    write_corpus(folder, 6, 1)
    return Workspace(folder, folder / "build")


FAST = Options("shacl", 1)


def pieces(output: Path) -> dict[str, int]:
    """Return the finished pieces by name, each with what tells it from another file of the same name."""
    paths = (path for path in (output / "work").glob("*/[!.]*") if path.suffix != ".snapshot")
    return {path.name: path.stat().st_ino for path in paths}


def forget_snapshots(output: Path) -> None:
    """Let the next build make a snapshot even of the same inputs."""
    for path in (output / "work").glob("*/*.snapshot"):
        path.unlink()


def count(names: Iterable[str], suffix: str) -> int:
    return sum(name.endswith(suffix) for name in names)


def test_one_process_or_two_make_the_same_bytes(corpus: Workspace, tmp_path: Path) -> None:
    needs_engine()
    one, two = (build_snapshot(corpus, tmp_path / str(jobs), None, quiet, Options("shacl", jobs)) for jobs in (1, 2))
    assert (one.folder / MANIFEST).read_bytes() == (two.folder / MANIFEST).read_bytes()
    assert pieces(tmp_path / "1").keys() == pieces(tmp_path / "2").keys()


def test_a_build_does_again_only_what_has_changed(workspace: Workspace, tmp_path: Path) -> None:
    needs_engine()
    copy = copy_workspace(workspace, tmp_path)
    files = sum(1 for _ in copy.mappings.rglob("*.yaml"))
    build_snapshot(copy, copy.output, None, quiet, FAST)
    first = pieces(copy.output)
    assert count(first, ".places.json") == files
    forget_snapshots(copy.output)
    assert build_snapshot(copy, copy.output, None, quiet, FAST).new
    assert pieces(copy.output) == first
    change(copy.mappings / "cernobbio-como-2024.yaml", "gist: The ministers met at", "gist: The ministers gathered at")
    changed = build_snapshot(copy, copy.output, None, quiet, FAST)
    second = pieces(copy.output)
    assert {name: second[name] for name in first} == first
    new = second.keys() - first
    assert count(new, ".places.json") == 1
    assert 1 <= count(new, ".findings") <= 2  # the document, and who reports on what it says
    assert "gathered at" in (changed.folder / "g7kg.nq").read_text("utf-8")


def test_the_key_of_a_piece_depends_on_all_inputs_and_on_the_program(tmp_path: Path) -> None:
    work = WorkFolder(tmp_path)
    assert work.make_key(b"a", b"b") == WorkFolder(tmp_path / "elsewhere").make_key(b"a", b"b")
    assert work.make_key(b"a", b"b") != work.make_key(b"ab") != work.make_key(b"a", b"", b"b")
    other = WorkFolder(tmp_path)
    other.__dict__["program"] = "another"
    assert other.make_key(b"a", b"b") != work.make_key(b"a", b"b")


class Broken(Exception):
    """What breaks a build off."""


def test_a_build_that_was_broken_off_goes_on_where_it_stopped(corpus: Workspace, tmp_path: Path) -> None:
    needs_engine()
    steps: list[str] = []

    def break_off(step: str) -> None:
        steps.append(step)
        if step.startswith("writing the graph"):
            raise Broken

    with pytest.raises(Broken):
        build_snapshot(corpus, tmp_path, None, break_off, FAST)
    assert "reading the mappings: 18 of 18" in steps
    assert list((tmp_path / "snapshots").iterdir()) == []
    done = pieces(tmp_path)
    assert count(done, ".findings") >= 18
    steps.clear()
    build_snapshot(corpus, tmp_path, None, steps.append, FAST)
    assert pieces(tmp_path) == done
    assert "reading the mappings: 18 of 18" not in steps


def children(process: int) -> list[int]:
    text = Path(f"/proc/{process}/task/{process}/children").read_text("ascii")
    return [int(child) for child in text.split()]


def wait_until(condition: object, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=["killed", "interrupted"])
def test_a_build_of_several_processes_that_ends_early_leaves_none_behind_and_keeps_its_work(
    how: signal.Signals, tmp_path: Path
) -> None:
    write_corpus(tmp_path, 20, 1)
    command = [sys.executable, "-m", "g7kg", "build", "--workspace", str(tmp_path), "--jobs", "2", "--engine", "shacl"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - it has one thread
    ) as process:
        wait_until(lambda: count(pieces(tmp_path / "build"), ".places.json") >= 8)
        workers = children(process.pid)
        process.send_signal(how)
        _, errors = process.communicate(timeout=30)
    assert "Traceback" not in errors
    assert len(workers) >= 2
    wait_until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
    done = pieces(tmp_path / "build")
    assert 8 <= count(done, ".places.json") < 32
    finished = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert finished.stdout.startswith("published ")
    after = pieces(tmp_path / "build")
    assert {name: after[name] for name in done} == done


WRONG = {
    "a rule of nothing": (
        "ontology/rules/99-new.rq",
        "CONSTRUCT { <https://w3id.org/g7kg/id/made-up> a ?class } WHERE { ?thing a ?class }",
        "99-new.rq: the rule derives something of <https://w3id.org/g7kg/id/made-up>, of which nothing is stated",
    ),
    "a rule of blank nodes": (
        "ontology/rules/99-new.rq",
        "CONSTRUCT { [] a ?class } WHERE { ?thing a ?class }",
        "of which nothing is stated (derive it of what a mapping defines)",
    ),
    "a rule with a strange function": (
        "ontology/rules/99-new.rq",
        "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o FILTER(<http://e/f>(?o)) }",
        "99-new.rq: the rule cannot be evaluated: ",
    ),
    "a rule that asks elsewhere": (
        "ontology/rules/99-new.rq",
        "CONSTRUCT { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "99-new.rq: the rule cannot be evaluated: ",
    ),
    "a number in another form": (
        "ontology/catalogue/new.ttl",
        '<http://e/a> <http://e/p> "01"^^<http://www.w3.org/2001/XMLSchema#integer> .',
        'a store keeps "01"^^<http://www.w3.org/2001/XMLSchema#integer> of <http://e/a> in another form',
    ),
    "a triple of two files": (
        "mappings/registry/new.ttl",
        "<https://w3id.org/g7kg/id/country/italy> a <https://schema.org/Country> .",
        "stands in graph/registry (mappings/registry/places.yaml) and in graph/registry (the Turtle files)",
    ),
}


@pytest.mark.parametrize("case", WRONG, ids=lambda name: name.replace(" ", "-"))
def test_what_would_be_lost_or_doubled_is_refused(
    case: str, workspace: Workspace, means: Means, tmp_path: Path
) -> None:
    copy = copy_workspace(workspace, tmp_path)
    name, text, message = WRONG[case]
    (tmp_path / name).write_text(text + "\n", "utf-8")
    with pytest.raises(G7kgError) as caught:
        assemble(copy, None, mkdir(tmp_path / "assembly"), means)
    assert message in str(caught.value)


def test_a_graph_in_turtle_with_blank_nodes_is_the_same_in_its_graph_and_in_the_union(
    workspace: Workspace, tmp_path: Path
) -> None:
    needs_engine()
    copy = copy_workspace(workspace, tmp_path)
    text = "<http://e/a> <http://e/p> [ <http://e/p> 'x', _:b ] . _:b <http://e/q> 1 ."
    (copy.ontology / "catalogue/new.ttl").write_text(text, "utf-8")
    built = build_snapshot(copy, copy.output, None, quiet, FAST)
    store = ox.Store.read_only(str(built.folder / "store"))
    named = {quad.triple for quad in store if not isinstance(quad.graph_name, ox.DefaultGraph)}
    assert {quad.triple for quad in store.quads_for_pattern(None, None, None, ox.DefaultGraph())} == named
    assert {f"{quad} ." for quad in store if not isinstance(quad.graph_name, ox.DefaultGraph)} == set(
        (built.folder / "g7kg.nq").read_text("utf-8").splitlines()
    )


def test_a_file_that_is_changed_while_it_is_read_is_not_kept_as_what_it_was(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = copy_workspace(workspace, tmp_path)
    work = WorkFolder(mkdir(tmp_path / "work"))

    def save_and_read(path: Path, folder: Path, root: Path, context: Context) -> MappingFile:
        if path.name == "people.yaml":
            path.write_text(path.read_text("utf-8") + "\n# saved meanwhile\n", "utf-8")
        return read_mapping_file(path, folder, root, context)

    monkeypatch.setattr("g7kg.building.readings.read_mapping_file", save_and_read)
    with pytest.raises(G7kgError) as caught:
        assemble(copy, None, mkdir(tmp_path / "assembly"), Means(work, quiet, 1))
    assert str(caught.value) == "mappings/registry/people.yaml: the file was changed while it was read (start again)"


def test_a_digest_that_is_spelt_in_another_way_is_refused(workspace: Workspace, means: Means, tmp_path: Path) -> None:
    copy = copy_workspace(workspace, tmp_path)
    path = copy.mappings / "cssii-2020.yaml"
    digest = re.search(r"(?<=sourceDigest: )b\w+", path.read_text("utf-8"))
    assert digest
    change(path, digest[0], f'"\\x62{digest[0][1:]}"')
    with pytest.raises(G7kgError, match=r"cssii-2020\.yaml:\d+:\d+: the digest is not written out"):
        assemble(copy, None, mkdir(tmp_path / "assembly"), means)


def test_a_graph_that_violates_a_shape_in_any_document_is_not_published(corpus: Workspace, tmp_path: Path) -> None:
    needs_engine()
    copy = copy_workspace(corpus, tmp_path)
    path = min(copy.mappings.glob("orchard-*.yaml"))
    change(path, "    order: 2\n", "    order: 3\n")
    with pytest.raises(NonConformance) as caught:
        build_snapshot(copy, copy.output, None, quiet, Options("shacl", 2))
    assert f"{path.relative_to(copy.root)}:" in str(caught.value)
    assert not (copy.output / "current").exists()


@pytest.mark.parametrize(
    ("suffix", "content"),
    [(".nq", None), (".texts.nq", b"[]"), (".json", b""), (".places.json", b"[]"), (".findings", None)],
)
def test_a_damaged_piece_is_made_again(
    suffix: str, content: bytes | None, workspace: Workspace, tmp_path: Path
) -> None:
    needs_engine()
    built = build_snapshot(workspace, tmp_path, None, quiet, FAST)
    pieces = (path for path in (tmp_path / "work").glob(f"*/*{suffix}") if path.name.count(".") == suffix.count("."))
    damaged = max(pieces, key=lambda path: path.stat().st_size)
    sound = damaged.read_bytes()
    damaged.write_bytes(sound[: len(sound) // 2] + b"\n" if content is None else content)
    (built.folder / "g7kg.nq").unlink()
    assert build_snapshot(workspace, tmp_path, None, quiet, FAST).folder == built.folder
    assert damaged.read_bytes() == sound


def test_what_no_build_has_used_for_long_is_removed(tmp_path: Path) -> None:
    work = WorkFolder(tmp_path)
    paths = []
    for name in (b"old", b"used"):
        work.keep(name.decode(), ".x", name)
        paths.append(work.locate(name.decode(), ".x"))
    left = mkdir(paths[0].parent / ".left-by-one-that-was-killed")
    (left / "x").write_bytes(b"half")
    for path in (*paths, left):
        os.utime(path, (0, time.time() - (UNUSED_DAYS + 1) * 86_400))
    assert work.find("used", ".x") == b"used"
    work.sweep()
    assert [path.exists() for path in (*paths, left)] == [False, True, False]


def test_work_that_cannot_be_kept_is_told_and_work_that_has_no_folder_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    with open_work(tmp_path / "file" / "out") as passing:
        passing.keep("ab", ".x", b"data")
        assert passing.find("ab", ".x") == b"data"
    assert not passing.path.exists()

    def refuse(_path: Path, _target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(WorkspaceError, match="the work cannot be kept: No space left on device"):
        WorkFolder(tmp_path).keep("ab", ".x", b"data")
    assert list(tmp_path.glob("ab/.*")) == []
