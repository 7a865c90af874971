"""Property paths: read, written, described."""

from itertools import count

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from g7kg.rdf.paths import PathExpression, PathOperator, PropertyPath, path_to_triples, read_path, write_path
from g7kg.rdf.suggestions import find_near, suggest
from g7kg.rdf.terms import Term, from_term, to_term
from g7kg.rdf.vocab import BASE, PREFIXES, RDF, SH, XSD, expand_name, graph_iri, shorten_iri, used_prefixes


def make(operator: PathOperator, *parts: PropertyPath) -> PathExpression:
    return PathExpression(operator, parts)


ALTERNATIVE, SEQUENCE, INVERSE = PathOperator.ALTERNATIVE, PathOperator.SEQUENCE, PathOperator.INVERSE
MANY, SOME, MAYBE = PathOperator.ZERO_OR_MORE, PathOperator.ONE_OR_MORE, PathOperator.ZERO_OR_ONE
PATHS = {
    "<e:p>": "e:p",
    "^<e:p>": make(INVERSE, "e:p"),
    "<e:p>/<e:q>/<e:r>": make(SEQUENCE, "e:p", "e:q", "e:r"),
    "<e:p>|<e:q>/^<e:r>": make(ALTERNATIVE, "e:p", make(SEQUENCE, "e:q", make(INVERSE, "e:r"))),
    "(<e:p>|<e:q>)/<e:r>*": make(SEQUENCE, make(ALTERNATIVE, "e:p", "e:q"), make(MANY, "e:r")),
    "^(<e:p>/<e:q>)": make(INVERSE, make(SEQUENCE, "e:p", "e:q")),
    "^(^<e:p>)": make(INVERSE, make(INVERSE, "e:p")),
    "(^<e:p>)+": make(SOME, make(INVERSE, "e:p")),
    "^<e:p>?": make(INVERSE, make(MAYBE, "e:p")),
    "(<e:p>?)*": make(MANY, make(MAYBE, "e:p")),
    "(<e:p>|<e:q>)|<e:r>": make(ALTERNATIVE, make(ALTERNATIVE, "e:p", "e:q"), "e:r"),
}


@pytest.mark.parametrize(("text", "path"), PATHS.items())
def test_a_path_is_read_and_written_with_no_more_parentheses_than_it_needs(text: str, path: PropertyPath) -> None:
    assert read_path(text) == path
    assert write_path(path) == text


def test_blanks_and_parentheses_that_are_not_needed_are_read_too() -> None:
    assert read_path(" ((<e:p>)) / <e:q> ?* ") == make(SEQUENCE, "e:p", make(MANY, make(MAYBE, "e:q")))
    assert write_path(make(INVERSE, "e:p"), lambda iri: iri[2:]) == "^p"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a predicate of a path is missing"),
        ("<>", "a predicate of a path is missing"),
        ("<e:p>|", "a predicate of a path is missing"),
        ("<e:p>)", r"not a property path: <e:p>\)"),
        ("<e:p><e:q>", "not a property path: <e:p><e:q>"),
        ("<e:p> e:q", "not a property path: <e:p> e:q"),
        ("(<e:p>", "a parenthesis of a path is not closed"),
        ("(<e:p><e:q>)", "a parenthesis of a path is not closed"),
    ],
)
def test_what_is_no_path_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_path(text)


def test_a_path_is_described_as_shacl_has_it() -> None:
    numbers = count()

    def describe(text: str) -> tuple[object, set[Triple]]:
        node, triples = path_to_triples(read_path(text), lambda: BlankNode(f"n{next(numbers)}"))
        return node, set(triples)

    p, q = NamedNode("e:p"), NamedNode("e:q")
    n = [BlankNode(f"n{number}") for number in range(8)]
    assert describe("<e:p>") == (p, set())
    assert describe("<e:p>*") == (n[0], {Triple(n[0], SH("zeroOrMorePath"), p)})
    assert describe("<e:p>/<e:q>") == (
        n[1],
        {
            Triple(n[1], RDF("first"), p),
            Triple(n[1], RDF("rest"), n[2]),
            Triple(n[2], RDF("first"), q),
            Triple(n[2], RDF("rest"), RDF("nil")),
        },
    )
    assert describe("^<e:p>|<e:q>") == (
        n[6],
        {
            Triple(n[3], SH("inversePath"), p),
            Triple(n[4], RDF("first"), n[3]),
            Triple(n[4], RDF("rest"), n[5]),
            Triple(n[5], RDF("first"), q),
            Triple(n[5], RDF("rest"), RDF("nil")),
            Triple(n[6], SH("alternativePath"), n[4]),
        },
    )


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


def test_the_nearest_spelling_is_told_or_what_there_is() -> None:
    many = [f"item-{number:02}" for number in range(25)]
    assert find_near("lable", ["label", "table", "title"]) == ["table", "label"]
    assert find_near("labe", ["label", "labels", "table"], 0.5) == ["label", "labels"]
    assert find_near("label", ["label", "lab"]) == ["label"]
    assert suggest("lable", ["table", "label"]) == "did you mean “table” or “label”?"
    assert suggest("labels", ["label", "label", "lab"]) == "did you mean “label”?"
    assert suggest("x", ["a", "a"]) == "there is a"
    assert suggest("x", []) == "there is none"
    assert suggest("x", ["b", "a"]) == "there is a, b"
    assert suggest("x", many[:24]) == f"there is {', '.join(many[:24])}"
    assert suggest("x", many).startswith("the nearest of 25: ")
    assert suggest("x", many).count(",") == 5
