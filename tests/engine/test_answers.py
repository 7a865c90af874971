"""Some lines of an answer, read while it comes."""

import asyncio
from collections.abc import AsyncIterator

import pyoxigraph as ox
import pytest

from g7kg.engine import read_lines
from g7kg.engine.pool import Answer
from g7kg.rdf.solutions import Table, read_table

TERMS = '1 01 1.50 1e0 true "a\\tb\\nc\\r\\"\\\\" "é"@fr-BE "x"^^<http://e/t> <http://e/a?b=c>'
QUERY = f"SELECT ?x ?y WHERE {{ VALUES (?x ?y) {{ {' '.join(f'({term} UNDEF)' for term in TERMS.split(' '))} }} }}"


def cut(body: bytes, size: int, start: int, number: int, limit: int = 1000) -> tuple[bytes | None, int, bool]:
    """Return what is read of ``body``, which comes in chunks of ``size`` bytes, and whether it was closed."""
    closed: list[bool] = []

    async def chunks() -> AsyncIterator[bytes]:
        for place in range(0, len(body), size):
            yield body[place : place + size]

    answer = Answer("tsv", chunks(), "identity", lambda: closed.append(True))
    return *asyncio.run(read_lines(answer, start, number, limit)), bool(closed)


def write(form: ox.QueryResultsFormat) -> bytes:
    solutions = ox.Store().query(QUERY)
    assert isinstance(solutions, ox.QuerySolutions)
    return solutions.serialize(format=form) or b""


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_page_of_an_answer_has_just_its_rows_and_all_are_counted(size: int) -> None:
    body, plain = (write(form) for form in (ox.QueryResultsFormat.TSV, ox.QueryResultsFormat.JSON))
    whole = read_table(body, (), ox.QueryResultsFormat.TSV)
    assert whole == read_table(plain)
    for start, number in ((0, 3), (3, 4), (7, 9), (20, 2)):
        part, total, closed = cut(body, size, start, number)
        assert part is not None
        assert (total, closed) == (9, True)
        assert read_table(part, (), ox.QueryResultsFormat.TSV) == Table(("x", "y"), whole.rows[start : start + number])


def test_more_bytes_than_may_be_kept_are_refused() -> None:
    body = b"?x\n" + b"1\n" * 100
    assert cut(body, 10, 0, 100, 50) == (None, 0, True)
    assert [cut(body, 10, 90, 10, limit)[0] for limit in (22, 23)] == [None, b"?x\n" + b"1\n" * 10]
    assert cut(b"?x\n" + b"1" * 100, 10, 5, 1, 50)[0] is None
