"""Accept to format."""

import pytest

from g7kg.errors import NotAcceptable
from g7kg.http.negotiation import find_format, negotiate, negotiate_encoding, refuses_identity
from g7kg.rdf.formats import GRAPH_FORMATS, HTML, RESULT_FORMATS

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "ttl"),
        ("", "ttl"),
        ("*/*", "ttl"),
        ("application/ld+json", "jsonld"),
        ("application/json", "jsonld"),
        ("text/turtle;q=0.5, application/n-triples", "nt"),
        ("text/*;q=0.9, application/rdf+xml;q=0.1", "ttl"),
        ("text/turtle;q=0, */*;q=0.1", "jsonld"),
        ("application/rdf+xml;q=0.7, text/plain;q=0.8", "nt"),
        (BROWSER, "html"),
        ("text/html;q=0, */*", "ttl"),
        ("TEXT/HTML", "html"),
        ("application/pdf, text/html;level=1;q=0.4", "html"),
        ("application/json;q=0, application/ld+json", "jsonld"),
        ("application/*;q=0.2, text/turtle;q=0.1", "jsonld"),
        ("text/turtle;q=0, text/html;q=0, */*;q=0.5", "jsonld"),
        ("application/json, *; q=.2, */*; q=.2", "jsonld"),
        ("image/gif, *; q=.2", "ttl"),
        ("application/*", "jsonld"),
        ("application/xhtml+xml", "html"),
        ("application/sparql-results+json", "jsonld"),
        ("application/sparql-results+xml", "rdf"),
        ("application/sparql-results+json, application/n-triples", "nt"),
    ],
)
def test_the_best_liked_format_is_served(accept: str | None, expected: str) -> None:
    assert negotiate(accept, (*GRAPH_FORMATS, HTML)).name == expected


@pytest.mark.parametrize("accept", ["image/png", "text/html;q=0", "application/sparql-results+json;q=0.0"])
def test_where_nothing_is_acceptable_the_refusal_lists_what_there_is(accept: str) -> None:
    with pytest.raises(NotAcceptable) as caught:
        negotiate(accept, RESULT_FORMATS[:2])
    assert caught.value.hint == (
        "available: application/sparql-results+json (json), application/sparql-results+xml (xml)"
    )


def test_a_malformed_header_is_refused() -> None:
    with pytest.raises(NotAcceptable, match="the Accept header is malformed"):
        negotiate("garbage", RESULT_FORMATS)


def test_a_format_is_found_by_its_name_or_media_type() -> None:
    assert find_format("tsv", RESULT_FORMATS) is find_format("text/tab-separated-values", RESULT_FORMATS)
    with pytest.raises(NotAcceptable, match="there is no format “png” here"):
        find_format("png", RESULT_FORMATS)


def test_text_says_its_charset() -> None:
    results = ["application/sparql-results+json", "application/sparql-results+xml"]
    tables = ["text/csv; charset=utf-8", "text/tab-separated-values; charset=utf-8"]
    assert [format_.content_type for format_ in RESULT_FORMATS] == [*results, *tables]


@pytest.mark.parametrize(
    ("accept", "encoding"),
    [
        (None, "identity"),
        ("", "identity"),
        ("gzip", "gzip"),
        ("gzip, zstd", "zstd"),
        ("gzip;q=0.5, zstd;q=0.5", "zstd"),
        ("zstd;q=0.4, gzip;q=0.5", "gzip"),
        ("*", "zstd"),
        ("*;q=0.5, gzip", "gzip"),
        ("gzip;q=0.5, identity;q=0.5", "gzip"),
        ("gzip;q=0.4, identity;q=0.5", "identity"),
        ("gzip;q=0, identity;q=0", "identity"),
        ("br", "identity"),
        ("X-GZIP", "gzip"),
        ("gzip;q=2", "identity"),
    ],
)
def test_the_best_coding_is_chosen_and_of_equals_the_smaller(accept: str | None, encoding: str) -> None:
    assert negotiate_encoding(accept) == encoding


@pytest.mark.parametrize(
    ("accept", "refused"),
    [
        (None, False),
        ("gzip", False),
        ("gzip, identity;q=0", True),
        ("gzip, *;q=0", True),
        ("identity;q=0, *;q=0", False),
        ("identity;q=0", False),
        ("zstd;q=0.1, identity;q=0.0", True),
        ("identity, gzip, *;q=0", False),
    ],
)
def test_an_answer_without_a_coding_is_refused_only_if_another_is_taken(accept: str | None, refused: bool) -> None:  # noqa: FBT001 - a parameter
    assert refuses_identity(accept) is refused
