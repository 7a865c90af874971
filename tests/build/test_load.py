"""Any RDF to a snapshot: what the store changes is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse
from tests.helpers.project import Run

from g7kg.build.load import count_changes

PREFIXES = "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix : <http://e/> .\n"


@pytest.mark.parametrize(
    ("values", "changed"),
    [
        ('"1.50"^^xsd:decimal, "1.5"^^xsd:decimal, "2.0"^^xsd:decimal', {"decimal": 2}),
        ('"007"^^xsd:integer, "7"^^xsd:integer, "-0"^^xsd:integer', {"integer": 2}),
        ('"1"^^xsd:nonNegativeInteger', {"nonNegativeInteger": 1}),
        ('"2020-01-01T00:00:00.0Z"^^xsd:dateTime, "2020-01-01T00:00:00Z"^^xsd:dateTime', {"dateTime": 1}),
        ('"1"^^xsd:boolean, true, "x"^^xsd:integer, "2020-01-01"^^xsd:date, "a", "b"@en, :c, _:d', {"boolean": 1}),
    ],
)
def test_values_that_are_stored_in_another_form_are_counted(values: str, changed: dict[str, int]) -> None:
    quads = parse(f"{PREFIXES}:a :p {values} .", format=RdfFormat.TURTLE)
    found = {name.rpartition("#")[2]: change.count for name, change in count_changes(quads).items()}
    assert found == changed


def test_loading_tells_what_the_store_changes(tmp_path: Path, g7kg: Run) -> None:
    for name in "ab":
        text = f'{PREFIXES}:{name} :p "1.50"^^xsd:decimal, 7, "1"^^xsd:nonNegativeInteger .'
        (tmp_path / f"{name}.ttl").write_text(text)
    done = g7kg("load", tmp_path / "a.ttl", tmp_path / "b.ttl", "--out", tmp_path / "out")
    assert done.returncode == 0
    xsd = "http://www.w3.org/2001/XMLSchema#"
    one = f'"1"^^<{xsd}integer>'
    assert done.stderr.splitlines() == [
        f'2 × xsd:decimal is stored in another form, such as "1.50"^^<{xsd}decimal> as "1.5"^^<{xsd}decimal>',
        f'2 × xsd:nonNegativeInteger is stored in another form, such as "1"^^<{xsd}nonNegativeInteger> as {one}',
    ]
