"""What a query relies on: whatever else changes, its solutions are taken as they were."""

from __future__ import annotations

import pytest

from g7kg.build.reliance import digest_lines, find_predicates, join_digests, make_key
from g7kg.build.work import Means

A, B = "urn:a", "urn:b"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT * { ?s <urn:a> ?o . ?o <urn:b>/^<urn:c> ?x }", {A, B, "urn:c"}),
        ("CONSTRUCT { ?s <urn:b> ?o } WHERE { ?s <urn:a>+ ?o }", {A, B}),
        ("SELECT * { ?s <urn:a> ?o FILTER NOT EXISTS { ?o <urn:b>* ?x . ?x <urn:c> 1 } }", {A, B, "urn:c"}),
        ("SELECT * { ?s <urn:a> ?o MINUS { ?s <urn:b> ?o } }", {A, B}),
        ("SELECT * { { SELECT (MAX(?o) AS ?m) { ?s <urn:a> ?o } } OPTIONAL { ?m <urn:b> ?n } }", {A, B}),
        ("SELECT * { VALUES ?p { <urn:a> } ?s ?p ?o }", None),
        ("SELECT * { ?s <urn:a>* ?o }", None),
        ("SELECT * { ?s !<urn:a> ?o }", None),
        ("SELECT * { GRAPH ?g { ?s <urn:a> ?o } }", None),
        ("no query", None),
    ],
)
def test_a_query_relies_on_the_predicates_of_its_patterns(query: str, expected: set[str] | None) -> None:
    assert find_predicates(query, {}) == expected


def test_only_what_a_query_reads_makes_its_key(means: Means) -> None:
    before = [b"<urn:s> <urn:a> <urn:o> .\n", b'<urn:s> <urn:gist> "one" .\n']
    other = [before[0], b'<urn:s> <urn:gist> "two" .\n']
    more = [*before, b"<urn:t> <urn:a> <urn:o> .\n"]

    def key(query: str, lines: list[bytes]) -> str:
        return make_key(means.work, query, {}, join_digests([digest_lines(lines)]))

    narrow, wide = "SELECT * { ?s <urn:a> ?o }", "SELECT * { ?s ?p ?o }"
    assert key(narrow, before) == key(narrow, other) != key(narrow, more)
    assert key(wide, before) != key(wide, other)
    assert key(narrow, before) != key("SELECT * { ?x <urn:a> ?o }", before)
