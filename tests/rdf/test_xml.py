"""What XML can hold and name."""

import random
from pathlib import Path

import pyoxigraph as ox
import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple
from rdflib import Graph

from g7kg.errors import NotAcceptable
from g7kg.rdf.lines import read_lines, sort_lines, split_quad, to_file, to_triples
from g7kg.rdf.vocab import RDF
from g7kg.rdf.xml import make_sound, require_names

E = "http://e.example/"


@pytest.mark.parametrize(
    ("property_", "named"),
    [
        *((f"{E}{name}", True) for name in ("a", "a-1", "2b", "é", "a.", "p?q=1&r", "a:b", "·a")),
        *((f"{E}{name}", False) for name in ("", "1", "a/", "a/1.2", "a:", "a?1")),
        ("urn:x", True),
        (RDF("type").value, True),
        (RDF("_1").value, True),
        (RDF("Description").value, False),
        ("http://www.w3.org/2000/xmlns/a", False),
        (f"{E}{'a' * 200_000}/", False),
    ],
)
def test_a_property_that_xml_cannot_name_is_refused(property_: str, *, named: bool) -> None:
    triple = Triple(NamedNode(E), NamedNode(property_), Literal("x"))
    if not named:
        with pytest.raises(NotAcceptable, match="XML has no name for the property"):
            list(require_names([triple]))
        return
    written = ox.serialize(require_names([triple]), format=RdfFormat.RDF_XML)
    assert [str(read) for _, read, _ in Graph().parse(data=written, format="xml")] == [property_]


def test_a_blank_node_that_xml_cannot_name_is_refused() -> None:
    with pytest.raises(NotAcceptable, match="XML has no name for the blank node _:1"):
        list(require_names([Triple(NamedNode(E), NamedNode(f"{E}p"), BlankNode("1"))]))


@pytest.mark.parametrize(
    "triple",
    [
        Triple(NamedNode(E), RDF("type"), NamedNode(E)),
        Triple(NamedNode(E), NamedNode(f"{E}p"), Triple(NamedNode(E), RDF("type"), NamedNode(E))),
    ],
    ids=["class", "object"],
)
def test_a_class_that_xml_cannot_name_is_refused_also_within_a_triple(triple: Triple) -> None:
    with pytest.raises(NotAcceptable, match="XML has no name for the class"):
        list(require_names([triple]))
    named = Triple(NamedNode(E), NamedNode(f"{E}p"), NamedNode(E))
    assert list(require_names([named])) == [named]


@pytest.mark.parametrize("character", [*map(chr, {*range(32)} - {9, 10, 13}), "\ufffe", "\uffff"], ids=ascii)
def test_a_character_that_xml_cannot_hold_is_refused(character: str) -> None:
    with pytest.raises(NotAcceptable, match=f"the character U\\+{ord(character):04X}, which XML cannot express"):
        make_sound(f"<a>{character}</a>".encode())


def test_what_xml_can_hold_stays_but_for_carriage_returns() -> None:
    assert make_sound("\t\n\r é\ufffd😀\x7f".encode()) == "\t\n&#13; é\ufffd😀\x7f".encode()


def test_lines_are_sorted_and_each_is_there_once_also_where_they_exceed_the_memory(tmp_path: Path) -> None:
    rng = random.Random(1)  # noqa: S311 - it is to be repeatable
    lines = [b"%d\n" % rng.randrange(300) for _ in range(1000)]
    for run in (7, 100, 2000, sum(map(len, lines)), 10_000):
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


def test_files_are_read_one_after_the_other(tmp_path: Path) -> None:
    paths = [tmp_path / "b", tmp_path / "a"]
    for path in paths:
        path.write_bytes(b"1%s\n2\n" % path.name.encode())
    assert list(read_lines(paths)) == [b"1b\n", b"2\n", b"1a\n", b"2\n"]
