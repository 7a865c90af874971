"""What the tokens of a query tell before it is evaluated."""

from __future__ import annotations

import pytest

from g7kg.errors import QueryError
from g7kg.rdf.lexer import is_repeatable, may_need_base, read_tokens, refuse_federation


@pytest.mark.parametrize("escape", ["e:a\\#", "e:a\\'", 'e:\\"', ":\\#"])
def test_an_escape_in_a_name_hides_no_keyword(escape: str) -> None:
    assert not is_repeatable(f"SELECT ?t {{ OPTIONAL {{ ?s {escape} ?o }} BIND(NOW() AS ?t)\n}}")
    with pytest.raises(QueryError, match="SERVICE in line 1 is refused"):
        refuse_federation(read_tokens(f"SELECT * {{ ?s {escape} ?o . SERVICE <http://127.0.0.1/> {{ }}\n}}"))


@pytest.mark.parametrize(
    ("query", "repeatable"),
    [
        ("SELECT (now() AS ?t) {}", False),
        ("SELECT ?now { ?now a :now . ?s ?p 'RAND()' } # UUID()", True),
        ("CONSTRUCT { ?s ?p _:b } WHERE { ?s ?p ?o }", False),
        ("construct { ?s ?p [] } WHERE { ?s ?p ?o }", False),
        ("CONSTRUCT { ?s ?p (1) } WHERE { ?s ?p ?o }", False),
        ("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p [] , _:b , (1) }", True),
        ("CONSTRUCT FROM <http://e/> WHERE { ?s ?p ?o }", True),
        (f"SELECT (NOW() AS ?t) {{}} #{'x' * 20_000}", False),
        (f"SELECT * {{ ?now ?p ?o }} #{'x' * 20_000}", False),
        (f"SELECT * {{ ?s ?p ?o }} #{'x' * 20_000}", True),
    ],
)
def test_an_answer_that_may_vary_is_told(query: str, *, repeatable: bool) -> None:
    assert is_repeatable(query) is repeatable


@pytest.mark.parametrize(
    ("query", "needs"),
    [("<a>", True), ("<a:b>", False), ("uri(?x)", True), ("IRI (?x)", True), ("?irises", False), ("< \u0020>", False)],
)
def test_a_query_that_may_need_a_base_is_told(query: str, *, needs: bool) -> None:
    assert may_need_base(query) is needs


def test_federation_is_refused_with_its_line() -> None:
    with pytest.raises(QueryError, match="SERVICE in line 3 is refused"):
        refuse_federation(read_tokens("# SERVICE\n'SERVICE' :SERVICE SERVICE:a\n1.SERVICE"))
