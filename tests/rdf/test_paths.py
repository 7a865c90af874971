"""Property paths: read, written, described."""

from __future__ import annotations

from itertools import count

import pytest
from pyoxigraph import BlankNode, NamedNode, Triple

from g7kg.rdf.paths import PathExpression, PathOperator, PropertyPath, path_to_triples, read_path, write_path
from g7kg.rdf.vocab import RDF, SH


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
