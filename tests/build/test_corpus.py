"""Corpora of synthetic declarations: the same bytes again, sound, and about as large as the real ones."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from benchmarks.calendar import MOST
from benchmarks.corpus import SHARD, write_corpus
from benchmarks.failures import BenchmarkError

from g7kg.build.assembly import Assembly, assemble, validate_assembly
from g7kg.build.work import Means
from g7kg.mapping.context import read_context
from g7kg.mapping.reader import MappingFile, read_mapping_file
from g7kg.mapping.workspace import Workspace

LONG, SHORT = "verona-trento-2024", "cernobbio-como-2024"
FIRST = ["harbour-00001-2026", "hillside-00002-2026", "meadow-00003-2026", "orchard-00004-2026"]
REGISTRY = "registry/corpus-0001.yaml"


def write(folder: Path, declarations: int, seed: int = 1) -> Workspace:
    write_corpus(folder, declarations, seed)
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
    return write(tmp_path_factory.mktemp("corpus"), 4)


@pytest.fixture(scope="module")
def assembled(corpus: Workspace, means: Means, tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    return assemble(corpus, None, tmp_path_factory.mktemp("assembled"), means)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(corpus: Workspace, tmp_path: Path) -> None:
    first = read_bytes(corpus)
    assert read_bytes(write(tmp_path / "again", 4)) == first
    other = read_bytes(write(tmp_path / "other", 4, seed=2))
    assert other.keys() == first.keys()
    assert {name for name in first if first[name] != other[name]} == {*(f"{slug}.yaml" for slug in FIRST), REGISTRY}


def test_a_declaration_has_the_same_bytes_however_many_there_are(corpus: Workspace, tmp_path: Path) -> None:
    few, many = read_bytes(corpus), read_bytes(write(tmp_path / "many", 8))
    assert len(many) == len(few) + 4
    assert {name for name in few if few[name] != many[name]} == {REGISTRY}
    assert many[REGISTRY].startswith(few[REGISTRY])


def test_a_full_file_of_the_registry_has_the_same_bytes_however_many_declarations_there_are(tmp_path: Path) -> None:
    full, more = (read_bytes(write(tmp_path / str(count), count)) for count in (SHARD, SHARD + 1))
    assert more.keys() - full.keys() == {"registry/corpus-0002.yaml", "hillside-00101-2031.yaml"}
    assert more[REGISTRY] == full[REGISTRY]


def test_the_real_files_are_there_unchanged(corpus: Workspace, workspace: Workspace) -> None:
    real, written = read_bytes(workspace), read_bytes(corpus)
    assert {name: written[name] for name in real} == real
    assert written.keys() - real.keys() == {*(f"{slug}.yaml" for slug in FIRST), REGISTRY}


def test_the_reader_of_mappings_takes_all_files(corpus: Workspace) -> None:
    assert {file.graph for file in read_files(corpus)} == {LONG, SHORT, "cssii-2020", "registry", *FIRST}


def test_a_corpus_conforms_without_a_warning(assembled: Assembly, means: Means) -> None:
    pytest.importorskip("shacl", reason="needs the package shacl, which has no wheel for this machine")
    assert validate_assembly(assembled, means, "shacl").findings == ()


def test_declarations_are_about_as_large_as_the_real_ones(assembled: Assembly, assembly: Assembly) -> None:
    quads, real = count_quads(assembled), count_quads(assembly)
    assert quads["derived"] / quads.total() == pytest.approx(real["derived"] / real.total(), rel=0.1)
    assert [quads[slug] / quads[LONG] for slug in FIRST[::2]] == pytest.approx([1, 1], abs=0.25)
    assert [quads[slug] / quads[SHORT] for slug in FIRST[1::2]] == pytest.approx([1, 1], abs=0.25)


def test_a_short_declaration_follows_up_the_long_one_before_it_and_no_other(corpus: Workspace) -> None:
    files = read_files(corpus)
    followed: dict[str, list[str]] = {}
    for file in files:
        statements = [statement for record in file.records for statement in record.records("statements")]
        follow_ups = [follow_up for statement in statements for follow_up in statement.records("followUps")]
        followed[file.graph] = [follow_up.text("followUpOf") or "" for follow_up in follow_ups]
    for long, short in ((FIRST[0], FIRST[1]), (FIRST[2], FIRST[3])):
        assert followed[long] == []
        assert len(followed[short]) > 5
        assert all(name.startswith(f"https://w3id.org/g7kg/id/undertaking/{long}-") for name in followed[short])


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "kept").touch()
    with pytest.raises(BenchmarkError, match="not empty"):
        write_corpus(tmp_path, 1, 1)


def test_there_are_no_more_declarations_than_years(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="cannot be made"):
        write_corpus(tmp_path, MOST + 1, 1)
