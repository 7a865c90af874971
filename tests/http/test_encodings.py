"""Accept-Encoding to content coding."""

from __future__ import annotations

import pytest

from g7kg.http.negotiation import negotiate_encoding, refuses_identity


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
