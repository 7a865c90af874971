"""Lines of N-Quads on their way into a store."""

from typing import cast

from pyoxigraph import NamedNode, Quad, RdfFormat, Store

from g7kg.rdf.lines import load_lines


class Counter:
    """A store that tells how many lines it was given at once."""

    def __init__(self) -> None:
        self.given: list[int] = []
        self.store = Store()

    def bulk_load(self, content: bytes, form: RdfFormat) -> None:
        """Take note of ``content``, and load it."""
        self.given.append(content.count(b"\n"))
        self.store.bulk_load(content, form)


def test_a_store_is_given_some_lines_at_a_time_and_has_all() -> None:
    quads = [Quad(NamedNode(f"urn:s{number}"), *map(NamedNode, ("urn:p", "urn:o", "urn:g"))) for number in range(5)]
    counter = Counter()
    load_lines(cast("Store", counter), (f"{quad} .\n".encode() for quad in quads), RdfFormat.N_QUADS, 2)
    assert counter.given == [2, 2, 1]
    assert {*counter.store} == {*quads}
