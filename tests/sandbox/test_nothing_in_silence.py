"""A check is never green by accident: it says what it checked, what it did not read, and what it does not know."""

import gzip
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
from tests.helpers.project import ENGINE, ENGINES, ROOT, Run

from g7kg.cli.documents import read_sources
from g7kg.errors import DataError, G7kgError, ShapesError
from g7kg.sandbox.checking import check
from g7kg.sandbox.exchange import CheckOutcome, CheckRequest, Source
from g7kg.sandbox.imports import find_file
from g7kg.sandbox.positions import locate_nodes
from g7kg.shacl import RENDERINGS

PREFIXES: Final = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix e: <http://e/> .\n"
DATA: Final = "@prefix e: <http://e/> . e:a a e:C ; e:p 1 . e:b a e:C ."
SHAPES: Final = "e:S a sh:NodeShape ; sh:targetClass e:C ; sh:property [ sh:path e:p ; sh:minCount 1 ] ."
IMPORT: Final = "<http://e/all> <http://www.w3.org/2002/07/owl#imports> <{}> .\n"


def run(
    data: str | bytes = DATA, shapes: str = SHAPES, rendering: str = "json", *, form: str = "ttl", **others: object
) -> CheckOutcome:
    text = data if isinstance(data, bytes) else data.encode()
    sources = (Source("folder/shapes.ttl", "ttl", (PREFIXES + shapes).encode()),)
    return check(CheckRequest((Source("data", form, text),), sources, rendering, 1 << 30, **others), (), (), {})  # type: ignore[arg-type]


@pytest.mark.parametrize("rendering", RENDERINGS)
@pytest.mark.parametrize("engine", ENGINES)
def test_every_form_tells_what_was_checked(rendering: str, engine: str) -> None:
    text = run(rendering=rendering, engine=engine).text
    told = {
        "json": '"focusNodes": 2,\n  "checkingShapes": 1,',
        "sarif": '"focusNodes": 2,\n        "checkingShapes": 1',
        "junit": '<property name="focusNodes" value="2" />',
    }
    assert told.get(rendering, "2 focus nodes checked by 1 shape") in text


@pytest.mark.parametrize("rendering", RENDERINGS)
def test_every_form_warns_where_nothing_was_checked(rendering: str) -> None:
    outcome = run(shapes=SHAPES.replace("e:C", "e:D"), rendering=rendering)
    assert (outcome.severity, outcome.empty) == (None, True)
    assert "nothing was checked" in outcome.text


def test_what_was_not_checked_fails_where_that_is_asked(tmp_path: Path, g7kg: Run) -> None:
    (tmp_path / "data.ttl").write_text(DATA, "utf-8")
    (tmp_path / "shapes.ttl").write_text(PREFIXES + SHAPES.replace("e:C", "e:D"), "utf-8")
    command = ("validate", tmp_path / "data.ttl", "--shapes", tmp_path / "shapes.ttl", *ENGINE)
    assert [g7kg(*command).returncode, g7kg(*command, "--fail-on-empty").returncode] == [0, 1]


MISTAKES: Final = {
    "targetclass": ("e:S sh:targetclass e:C .", 2, "sh:targetClass"),
    "a class": ("\ne:S a sh:NodeShap ; sh:targetClass e:C .", 3, "sh:NodeShape"),
    "a value": ("e:S sh:targetClass e:C ; sh:nodeKind sh:Iri .", 2, "sh:IRI"),
}


@pytest.mark.parametrize(("shapes", "line", "meant"), MISTAKES.values(), ids=MISTAKES)
def test_a_misspelt_term_is_an_error_with_its_place(shapes: str, line: int, meant: str) -> None:
    with pytest.raises(ShapesError, match="SHACL has no term") as caught:
        run(shapes=shapes)
    assert (caught.value.location.path, caught.value.location.line) == ("folder/shapes.ttl", line)
    assert caught.value.hint == f"did you mean {meant}?"


@pytest.mark.parametrize(
    ("data", "shapes", "message"),
    [
        ("# nothing", SHAPES, "data: the document has no triples"),
        (DATA, "", "folder/shapes.ttl: the document has no triples"),
        (DATA, "e:a e:p e:b .", "folder/shapes.ttl: there is no shape in it"),
    ],
)
def test_empty_documents_are_errors(data: str, shapes: str, message: str) -> None:
    with pytest.raises(G7kgError, match=message):
        run(data, shapes)


def test_local_imports_are_asked_for_and_others_are_named() -> None:
    outcome = run(shapes=SHAPES + IMPORT.format("near.ttl"))
    assert outcome.wanted == (("folder/shapes.ttl", "file:///folder/near.ttl"),)
    for iri, unread in (("http://e/far", ()), ("near.ttl", ("file:///folder/near.ttl",))):
        report = json.loads(run(shapes=SHAPES + IMPORT.format(iri), unread=unread).text)
        assert len(report["warnings"]) == 1
        assert iri in report["warnings"][0]
    there = IMPORT.format("http://e/S") + IMPORT.format("http://www.w3.org/ns/shacl#")
    assert json.loads(run(shapes=SHAPES + there).text)["warnings"] == []


def test_what_data_import_is_named_where_it_is_not_given() -> None:
    imported = (
        IMPORT.format("http://e/more") + IMPORT.format("http://e/there") + "<http://e/there> a <http://e/Ontology> ."
    )
    [warning] = json.loads(run(DATA + imported).text)["warnings"]
    assert warning.startswith("the data import http://e/more, which was not read")


FUNCTION: Final = """
e:f a sh:SPARQLFunction ; sh:parameter [ sh:path e:x ] ; sh:returnType <http://www.w3.org/2001/XMLSchema#boolean> ;
  sh:ask "ASK { FILTER($x = <http://e/b>) }" .
e:S a sh:NodeShape ; sh:property [ sh:path e:p ; sh:minCount 1 ] ;
  sh:target [ a sh:SPARQLTarget ; sh:select "SELECT ?this { ?this a <http://e/C> FILTER(<http://e/f>(?this)) }" ] .
"""
RULE: Final = """
e:R a sh:NodeShape ; sh:targetClass e:C ;
  sh:rule [ a sh:TripleRule ; sh:subject sh:this ; sh:predicate e:q ; sh:object e:new ] .
e:S a sh:NodeShape ; sh:targetObjectsOf e:q ; sh:property [ sh:path e:p ; sh:minCount 1 ] .
"""


@pytest.mark.parametrize(
    ("shapes", "checked", "failing"), [(FUNCTION, (1, 1), ["http://e/b"]), (RULE, (3, 2), ["http://e/new"])]
)
def test_nodes_that_functions_and_rules_bring_about_are_counted(
    shapes: str, checked: tuple[int, int], failing: list[str]
) -> None:
    report = json.loads(run(shapes=shapes).text)
    assert (report["focusNodes"], report["checkingShapes"]) == checked
    assert [finding["focusNode"]["value"] for finding in report["findings"]] == failing


def test_shapes_are_read_with_the_files_that_they_import(tmp_path: Path, g7kg: Run) -> None:
    (tmp_path / "data.ttl").write_text(DATA, "utf-8")
    (tmp_path / "a b").mkdir()
    (tmp_path / "all.ttl").write_text(IMPORT.format("a%20b/one.ttl"), "utf-8")
    (tmp_path / "a b" / "one.ttl").write_text(PREFIXES + SHAPES + IMPORT.format("../all.ttl"), "utf-8")
    done = g7kg("validate", tmp_path / "data.ttl", "--shapes", tmp_path / "all.ttl", *ENGINE)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (
        1,
        "1 finding on 3 triples, 2 focus nodes checked by 1 shape",
    )


def test_an_import_is_found_from_where_it_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "one.ttl").write_text("", "utf-8")
    assert find_file("s/all.ttl", "file:///s/one.ttl") == Path("s/one.ttl")
    assert find_file(str(tmp_path / "all.ttl"), (tmp_path / "s/one.ttl").as_uri()) == tmp_path / "s/one.ttl"
    assert find_file("s/all.ttl", (tmp_path / "s/one.ttl").as_uri()) == tmp_path / "s/one.ttl"
    assert find_file("s/all.ttl", "http://e/one.ttl") is None


@pytest.mark.parametrize("form", ["ttl", "nt", "jsonld"])
def test_a_byte_order_mark_is_no_fault(form: str) -> None:
    text = {"ttl": DATA, "nt": "<http://e/a> <http://e/p> <http://e/b> .", "jsonld": '{"@id": "e:a", "e:p": 1}'}[form]
    assert run(b"\xef\xbb\xbf" + text.encode(), form=form).text


def test_what_datatypes_need_is_there_before_files_are_closed(tmp_path: Path, g7kg: Run) -> None:
    rdf = "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . "
    (tmp_path / "data.ttl").write_text(
        rdf + "<x:a> <x:h> '<p>x</p>'^^rdf:HTML ; <x:x> '<p>x</p>'^^rdf:XMLLiteral .", "utf-8"
    )
    shapes = "<x:S> sh:targetNode <x:a> ; sh:property [ sh:path <x:h> ; sh:datatype rdf:HTML ] , "
    shapes += "[ sh:path <x:x> ; sh:datatype rdf:XMLLiteral ] ."
    (tmp_path / "shapes.ttl").write_text(PREFIXES + rdf + shapes, "utf-8")
    done = g7kg("validate", tmp_path / "data.ttl", "--shapes", tmp_path / "shapes.ttl", *ENGINE)
    assert (done.returncode, done.stderr) == (0, "")


PLACES: Final[Mapping[str, tuple[str, Mapping[str, int]]]] = {
    "ttl": (
        "@prefix e: <http://e/> .\ne:a e:age 42.\ne:b e:p 4.5e1 .\ne:c e:p <http://e/a/x> , e:a, e:o.\ne:d.x e:p 1.",
        {"e:a": 2, "e:b": 3, "e:c": 4, "e:a/x": 4, "e:o": 4, "e:d.x": 5},
    ),
    "jsonld": (
        (
            '{"@context": {"e": "http://e/", "id": "@id", "t": {"@id": "e:t"}}, "@graph": [\n{"id": "e:a", "t": 1},\n'
            '{"@id": "http://e/b", "t": {"id": "e:c"}},\n{"id": "e:c", "t": 1}, {"t": {\n"id": "e:d" }}]}'
        ),
        {"e:a": 2, "e:b": 3, "e:c": 4, "e:d": 5},
    ),
    "rdf": (
        (
            '<!DOCTYPE r [<!ENTITY e "http://e/">]>\n<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
            "<r:Description r:about='&e;a'/>\n<r:Description r:about=\"http://e/b\"><p r:resource='http://e/c'/>"
        ),
        {"e:a": 3, "e:b": 4, "e:c": 4},
    ),
}


@pytest.mark.parametrize("form", PLACES)
def test_nodes_have_the_line_where_something_is_said_of_them_or_they_are_named(form: str) -> None:
    text, lines = PLACES[form]
    places = locate_nodes(Source("x", form, text.encode()))
    found = {name.replace("http://e/", "e:"): place.line for name, place in places.items()}
    assert {name: found.get(name) for name in lines} == lines


def test_a_node_whose_iri_begins_like_another_is_not_put_there() -> None:
    report = json.loads(run(DATA, SHAPES + "e:S sh:targetNode <http://e/a/b> .").text)
    lines = {one["focusNode"]["value"]: one["line"] for one in report["findings"]}
    assert lines == {"http://e/a/b": None, "http://e/b": 1}


def test_folders_patterns_and_gzip_are_read(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "b.ttl").write_bytes(b"1")
    (tmp_path / "sub" / "a.nt.gz").write_bytes(gzip.compress(b"2"))
    (tmp_path / "notes.md").write_bytes(b"3")
    (tmp_path / "odd").write_bytes(b"4")
    told = {
        name: [(source.name.removeprefix(f"{tmp_path}/"), source.format, source.data) for source in found]
        for name, found in {
            "folder": read_sources([tmp_path], None, 9),
            "pattern": read_sources([tmp_path / "**/*.gz", tmp_path / "sub"], "ttl", 9),
            "odd": read_sources([tmp_path / "odd", tmp_path / "sub/a.nt.gz"], "trig", 9),
        }.items()
    }
    packed = ("sub/a.nt.gz", "nt", b"2")
    assert told == {
        "folder": [("b.ttl", "ttl", b"1"), packed],
        "pattern": [packed],
        "odd": [("odd", "trig", b"4"), packed],
    }
    (tmp_path / "bomb.ttl.gz").write_bytes(gzip.compress(b"#" * 10_000))
    (tmp_path / "no.ttl.gz").write_bytes(b"<x:a>")
    for name, message in {
        "bomb.ttl.gz": "there are more than",
        "no.ttl.gz": "this is no gzip",
        "*.rdf": "the pattern has no file",
        "odd": "the extension names no RDF format",
    }.items():
        with pytest.raises(DataError, match=message):
            read_sources([tmp_path / name], None, 9)


def test_shapes_come_from_standard_input_and_a_report_that_cannot_be_written_is_told(tmp_path: Path, g7kg: Run) -> None:
    data = tmp_path / "data.ttl"
    data.write_text(DATA, "utf-8")
    done = g7kg("validate", data, "--shapes", "-", "--input-format", "ttl", *ENGINE, stdin=PREFIXES + SHAPES)
    assert (done.returncode, "1 finding on 3 triples" in done.stdout) == (1, True)
    done = g7kg("validate", data, *ENGINE, "--format", "sarif", "--output", tmp_path / "no" / "report.sarif")
    assert (done.returncode, "the report cannot be written" in done.stderr) == (2, True)


def test_a_dashboard_sees_anonymous_shapes_and_the_severity_that_fails() -> None:
    shapes = SHAPES.replace("e:S a", "[] a").replace(
        "sh:minCount", "sh:severity sh:Warning ; sh:maxCount 3 ; sh:minCount"
    )
    for least, failures in (("VIOLATION", 0), ("WARNING", 1)):
        text = run(shapes=shapes, rendering="junit", least=least).text
        assert f'tests="2" failures="{failures}"' in text
        assert 'name="MaxCount-p"' in text


@pytest.mark.parametrize(
    ("files", "code", "told"),
    [("one.ttl\ntwo.ttl", 1, "two.ttl"), (" \n", 2, "the input files names no file"), ("*.ttl", 1, "two.ttl")],
    ids=["line breaks", "nothing", "pattern"],
)
def test_the_action_checks_just_the_files_that_it_is_given(tmp_path: Path, files: str, code: int, told: str) -> None:
    (tmp_path / "one.ttl").write_text("@prefix e: <http://e/> . e:x e:p 1 .", "utf-8")
    (tmp_path / "two.ttl").write_text(DATA, "utf-8")
    (tmp_path / "shapes").mkdir()
    (tmp_path / "shapes" / "s.ttl").write_text(PREFIXES + SHAPES, "utf-8")
    environment = {"PATH": f"{ROOT / '.venv' / 'bin'}:/usr/bin:/bin", "FILES": files, "SHAPES": "shapes\n"}
    command = ["/bin/bash", str(ROOT / ".ci/validate")]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, told in done.stdout) == (code, True), done
