"""The meter counts rows exactly, wherever the bytes are cut."""

import pyoxigraph as ox
import pytest

from g7kg.engine.evaluation import RESULTS
from g7kg.engine.limits import Limits, Meter, limit_rows
from g7kg.errors import TooLarge

ROWS = [
    '("a" "b")',
    '("},{" "}},{")',
    '("},{"@en UNDEF)',
    '("x\\"},{\\"y\\"" "\\\\")',
    '("\\r\\n" "\\n\\r\\n\\"\\r\\n\\"")',
    "(UNDEF UNDEF)",
    "(UNDEF UNDEF)",
    '(UNDEF "<result>")',
    '("</result><result>" UNDEF)',
    "(<http://e/x> 7)",
    "(UNDEF UNDEF)",
]


def write(name: str, rows: int) -> bytes:
    repeated = " ".join((ROWS * (rows // len(ROWS) + 1))[:rows])
    solutions = ox.Store().query(f"SELECT * WHERE {{ VALUES (?one ?two) {{ {repeated} }} }}")
    assert isinstance(solutions, ox.QuerySolutions)
    return solutions.serialize(format=RESULTS[name]) or b""


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 64, 1 << 20])
def test_as_many_rows_as_the_limit_pass_and_one_more_does_not(name: str, size: int) -> None:
    data = write(name, 50)

    def measure(limit: int) -> None:
        meter = Meter(name, Limits(rows=limit))
        for start in range(0, len(data), size):
            meter.add(data[start : start + size])

    measure(50)
    with pytest.raises(TooLarge, match="the answer has more than 49 rows"):
        measure(49)


@pytest.mark.parametrize("name", RESULTS)
def test_rows_are_counted_once_wherever_two_chunks_meet(name: str) -> None:
    data = write(name, 20)
    for border in range(len(data) + 1):
        meter = Meter(name, Limits())
        meter.add(data[:border])
        meter.add(data[border:])
        assert meter.rows == 20, f"cut after {data[:border][-9:]!r}"


def test_as_many_bytes_as_the_limit_pass_and_one_more_does_not() -> None:
    meter = Meter("json", Limits(size=10))
    meter.add(b"x" * 10)
    with pytest.raises(TooLarge, match="the answer has more than 10 bytes"):
        meter.add(b"x")


def test_as_many_triples_as_the_limit_are_read_and_one_more_is_not() -> None:
    assert list(limit_rows("abc", Limits(rows=3))) == ["a", "b", "c"]
    with pytest.raises(TooLarge, match="the answer has more than 2 rows"):
        list(limit_rows("abc", Limits(rows=2)))
