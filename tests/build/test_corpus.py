"""Corpora of copies of the declarations: the same bytes again, sound, and as large as the real ones."""

from collections import Counter
from pathlib import Path

import pytest
from benchmarks.corpus import MOST, write_corpus
from benchmarks.processes import BenchmarkError
from tests.helpers.project import ROOT

from g7kg.build.assembly import Assembly, assemble, validate_assembly
from g7kg.build.work import Means
from g7kg.mapping.context import read_context
from g7kg.mapping.reader import MappingFile, read_mapping_file
from g7kg.mapping.workspace import Workspace

pytestmark = pytest.mark.integration

REAL = sorted(path.stem for path in (ROOT / "mappings").glob("*.yaml"))
COPIES = [f"{slug}-0000{turn}" for slug in REAL for turn in (1, 2)]
REGISTRY = "registry/corpus-0001.yaml"


def write(folder: Path, declarations: int) -> Workspace:
    write_corpus(folder, declarations)
    return Workspace(folder, folder / "build")


def read_bytes(workspace: Workspace) -> dict[str, bytes]:
    folder = workspace.mappings
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def read_files(workspace: Workspace) -> list[MappingFile]:
    context, folder = read_context(workspace.ontology / "context.jsonld"), workspace.mappings
    paths = sorted(folder.rglob("*.yaml"))
    return [read_mapping_file(path, folder, workspace.root, context) for path in paths]


def count_quads(assembly: Assembly) -> Counter[str]:
    return Counter(str(quad.graph_name).strip("<>").rpartition("/")[2] for quad in assembly.quads)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return write(tmp_path_factory.mktemp("corpus"), 2 * len(REAL))


@pytest.fixture(scope="module")
def assembled(corpus: Workspace, means: Means, tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    return assemble(corpus, None, tmp_path_factory.mktemp("assembled"), means)


def test_a_copy_has_the_same_bytes_however_many_there_are(corpus: Workspace, tmp_path: Path) -> None:
    few, many = read_bytes(corpus), read_bytes(write(tmp_path / "many", 3 * len(REAL)))
    assert len(many) == len(few) + len(REAL)
    assert {name for name in few if few[name] != many[name]} == {REGISTRY}
    assert many[REGISTRY].startswith(few[REGISTRY])


def test_the_real_files_are_there_unchanged(corpus: Workspace, workspace: Workspace) -> None:
    real, written = read_bytes(workspace), read_bytes(corpus)
    assert {name: written[name] for name in real} == real
    assert written.keys() - real.keys() == {*(f"{slug}.yaml" for slug in COPIES), REGISTRY}


def test_a_turn_that_is_begun_is_finished(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path, 3)
    assert (corpus.declarations, corpus.slug) == (len(REAL), "verona-trento-2024-00001")
    assert (tmp_path / "mappings" / f"{corpus.slug}.yaml").is_file()


def test_the_reader_of_mappings_takes_all_files(corpus: Workspace) -> None:
    assert {file.graph for file in read_files(corpus)} == {*REAL, "registry", *COPIES}


def test_a_corpus_conforms_without_a_warning(assembled: Assembly, means: Means) -> None:
    pytest.importorskip("shacl", reason="needs the package shacl, which has no wheel for this machine")
    assert validate_assembly(assembled, means, "shacl").findings == ()


def test_copies_are_as_large_as_the_real_declarations(assembled: Assembly, assembly: Assembly) -> None:
    quads, real = count_quads(assembled), count_quads(assembly)
    stated, really = sum(quads[slug] for slug in REAL + COPIES), sum(real[slug] for slug in REAL)
    assert quads["derived"] / stated == pytest.approx(real["derived"] / really, rel=0.1)
    assert {quads[slug] - quads[slug.rpartition("-")[0]] for slug in COPIES} == {0}


def test_a_copy_follows_up_undertakings_of_its_own_turn(corpus: Workspace) -> None:
    followed: dict[str, list[str]] = {}
    for file in read_files(corpus):
        statements = [statement for record in file.records for statement in record.records("statements")]
        follow_ups = [follow_up for statement in statements for follow_up in statement.records("followUps")]
        followed[file.graph] = [follow_up.text("followUpOf") or "" for follow_up in follow_ups]
    for slug in COPIES:
        real = followed[slug.rpartition("-")[0]]
        assert followed[slug] == [f"{name}-{slug[-5:]}" for name in real]
    assert len(followed[COPIES[0]]) > 5


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "kept").touch()
    with pytest.raises(BenchmarkError, match="not empty"):
        write_corpus(tmp_path, 1)


def test_there_are_no_more_declarations_than_numbers(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="cannot be made"):
        write_corpus(tmp_path, MOST + 1)
