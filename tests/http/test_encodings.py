"""Accept-Encoding to content coding."""

from __future__ import annotations

import pytest

from g7kg.http.encodings import negotiate_encoding


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
