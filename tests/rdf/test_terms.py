"""Terms, prefixed names, formats and spellings: what each function returns."""

from __future__ import annotations

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, QueryResultsFormat

from g7kg.rdf.formats import GRAPH_FORMATS, RDF_FORMATS, RESULT_FORMATS, TABLE_FORMATS, name_syntaxes
from g7kg.rdf.suggestions import find_near, suggest
from g7kg.rdf.terms import Term, from_term, to_term
from g7kg.rdf.vocab import BASE, PREFIXES, XSD, expand_name, graph_iri, shorten_iri, used_prefixes


@pytest.mark.parametrize(
    ("term", "text"),
    [
        (NamedNode("http://e/a"), "http://e/a"),
        (BlankNode("b"), "_:b"),
        (Literal('a"\n'), '"a\\"\\n"'),
        (Literal("a", language="en"), '"a"@en'),
        (Literal("1", datatype=XSD("integer")), f'"1"^^<{XSD("integer").value}>'),
    ],
)
def test_a_term_is_the_same_after_its_text(term: Term, text: str) -> None:
    assert from_term(term) == text
    assert to_term(text) == term


@pytest.mark.parametrize("text", ['"a', '"\\u0061"', '"a" . <x:s> <x:p> "b"', "_:", "no IRI", ""])
def test_text_that_is_no_term_is_a_literal(text: str) -> None:
    assert to_term(text) == Literal(text)


def test_half_a_surrogate_pair_is_a_question_mark() -> None:
    assert to_term("\ud800 a") == Literal("? a")


NAMES = {
    "g7:Statement": f"{BASE}ontology#Statement",
    "act:commit": f"{BASE}scheme/speech-act/commit",
    "id:organisation/oecd": f"{BASE}id/organisation/oecd",
}


@pytest.mark.parametrize(("name", "iri"), NAMES.items())
def test_an_iri_has_a_short_name(name: str, iri: str) -> None:
    assert shorten_iri(iri) == name
    assert expand_name(name) == iri


def test_other_names_and_iris() -> None:
    assert expand_name("organisation:oecd") == f"{BASE}id/organisation/oecd"
    for other in ("http://e/a", "g7", "x:y", "g7://e", f"{BASE}id/"):
        assert (expand_name(other), shorten_iri(other)) == (other, other)
    assert used_prefixes([f"<{PREFIXES['sh']}path>", XSD("date").value]) == {
        "sh": PREFIXES["sh"],
        "xsd": PREFIXES["xsd"],
    }
    assert graph_iri("shapes").value == f"{BASE}graph/shapes"


def test_formats_have_names_and_types() -> None:
    assert [one.label for one in TABLE_FORMATS] == [
        *("JSON", "CSV", "Excel", "CSV for Excel", "TSV", "SPARQL JSON", "Parquet", "Arrow"),
    ]
    assert [one.content_type for one in RDF_FORMATS[:2]] == ["text/turtle; charset=utf-8", "application/ld+json"]
    assert name_syntaxes([*RESULT_FORMATS[:1], *GRAPH_FORMATS], QueryResultsFormat) == {"json": QueryResultsFormat.JSON}


def test_the_nearest_spelling_is_told_or_what_there_is() -> None:
    many = [f"item-{number:02}" for number in range(25)]
    assert find_near("lable", ["label", "table", "title"]) == ["table", "label"]
    assert find_near("labe", ["label", "labels", "table"], 0.5) == ["label", "labels"]
    assert find_near("label", ["label", "lab"]) == ["label"]
    assert suggest("lable", ["table", "label"]) == "did you mean “table” or “label”?"
    assert suggest("x", []) == "there is none"
    assert suggest("x", ["b", "a"]) == "there is a, b"
    assert suggest("x", many[:24]) == f"there is {', '.join(many[:24])}"
    assert suggest("x", many).startswith("the nearest of 25: ")
    assert suggest("x", many).count(",") == 5
