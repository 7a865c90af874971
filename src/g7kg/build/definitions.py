"""Where everything is defined: each identifier once, and everything that is referred to somewhere."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain, pairwise
from pathlib import Path

import pyoxigraph as ox
from pyoxigraph import Quad

from g7kg.build.readings import Reading
from g7kg.errors import G7kgError, Location, MappingError
from g7kg.mapping.references import dangling_reference, folder_of, repeated_identifier
from g7kg.rdf.lines import read_lines, sort_lines, split_quad
from g7kg.rdf.suggestions import suggest
from g7kg.rdf.vocab import BASE, IDENTIFIERS, OWL, graph_iri

_DOCUMENTS_AT_HAND = 64


class Definitions(Mapping[str, Location]):
    """Where each IRI is defined in the mappings.

    What lies below a document's own IRI is looked up in the reading of its file; only shared things are in memory.
    """

    def __init__(self, readings: Iterable[Reading]) -> None:
        self.readings = tuple(readings)
        self.documents = {iri: reading for reading in self.readings for iri in reading.documents}
        self.shared: dict[str, Location] = {}
        self.repeated: list[G7kgError] = []
        self.read_document = lru_cache(_DOCUMENTS_AT_HAND)(self._read_document)
        for reading in self.readings:
            self._add_shared(reading)

    def __getitem__(self, iri: str) -> Location:
        return self.read_document(_document_of(iri)).get(iri) or self.shared[iri]

    def __iter__(self) -> Iterator[str]:
        return (place.iri for reading in self.readings for place in reading.read_places()[0])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def find_repeated(self) -> Iterator[G7kgError]:
        """Yield an error for every identifier that two files define."""
        yield from self.repeated
        for iri, location in self.shared.items():
            if other := self.read_document(_document_of(iri)).get(iri):
                yield repeated_identifier(iri, location, other)

    def find_dangling(self, known: Collection[str], retired: Collection[str] = ()) -> Iterator[G7kgError]:
        """Yield an error for every value that is an IRI of the project and that nothing defines.

        ``known`` are the IRIs defined outside the mappings: terms of the ontology and concepts of its schemes;
        ``retired`` are those that are never defined again.
        """
        everything: set[str] = set()
        for reading in self.readings:
            for place in reading.read_places()[1]:
                if place.iri in retired:
                    yield retired_identifier(place.iri, reading.locate(place))
                elif place.iri not in known and place.iri not in self:
                    everything = everything or {*self, *known}
                    home = self._find_home(place.iri)
                    yield dangling_reference(place.iri, reading.locate(place), place.key, everything, home)

    def _find_home(self, iri: str) -> str | None:
        folder = f"{folder_of(iri)}/"
        return next((location.path for other, location in self.shared.items() if other.startswith(folder)), None)

    def _add_shared(self, reading: Reading) -> None:
        for place in reading.read_places()[0]:
            if self.documents.get(_document_of(place.iri)) is not reading:
                first = self.shared.setdefault(place.iri, reading.locate(place))
                if first != reading.locate(place):
                    self.repeated.append(repeated_identifier(place.iri, reading.locate(place), first))

    def _read_document(self, iri: str) -> Mapping[str, Location]:
        reading = self.documents.get(iri)
        return {} if reading is None else {place.iri: reading.locate(place) for place in reading.read_places()[0]}


def find_unknown(
    matches: Iterable[Quad], definitions: Definitions, known: Collection[str], folder: Path
) -> Iterator[G7kgError]:
    """Yield an error for each label in another language, in ``folder``, of what neither the mappings nor terms are."""
    graph = graph_iri("labels")
    for quad in matches:
        iri = str(quad.subject).strip("<>")
        if quad.graph_name == graph and iri not in known and iri not in definitions:
            hint = suggest(iri, {*definitions, *known})
            yield MappingError(f"nothing defines {iri}, which {quad.object} names", location=folder, hint=hint)


def find_restated(files: Mapping[Path, str], folder: Path, locations: Mapping[str, Location]) -> Iterator[G7kgError]:
    """Yield an error for every triple that stands in two of ``files``, given with their names: each is stated once."""
    names = tuple(files.values())
    stated = ((n, split_quad(line)) for n, path in enumerate(files) for line in read_lines([path]))
    lines = (b"%s\t%s\t%06d\n" % (*quad, n) for n, quad in stated)
    for one, other in pairwise(line.split(b"\t") for line in sort_lines(lines, folder)):
        if one[0] == other[0]:
            graphs = ((graph.decode().strip("<>").removeprefix(BASE), names[int(n)]) for _, graph, n in (one, other))
            triple, places = one[0].decode(), " and in ".join(f"{graph} ({name})" for graph, name in graphs)
            place = locations.get(triple.partition(" ")[0].strip("<>"))
            yield MappingError(f"the triple {triple} stands in {places}", location=place, hint="keep it in one of them")


def find_retired(store: ox.Store, catalogue: Iterable[Quad], locations: Mapping[str, Location]) -> Iterator[G7kgError]:
    """Yield an error for every use of an IRI that was retired: it must never come to mean another thing."""
    for retired in (quad.subject for quad in catalogue if quad.predicate == OWL("deprecated")):
        used = chain(store.quads_for_pattern(retired, None, None), store.quads_for_pattern(None, None, retired))
        for quad in used:
            yield retired_identifier(str(retired).strip("<>"), locations.get(str(quad.subject).strip("<>")))


def retired_identifier(iri: str, location: Location | None) -> G7kgError:
    """Return the error for a use of an IRI that was retired: it must never come to mean another thing."""
    hint = "choose another name, or what replaces it (ontology/catalogue/retired.ttl)"
    return MappingError(f"{iri} was retired", location=location, hint=hint)


def _document_of(iri: str) -> str:
    """Return the IRI of the document that ``iri`` is or lies below, if it is one of a document.

    A document that was known as an instrument before it was mapped has the IRI of that.
    """
    first, _, rest = iri.removeprefix(IDENTIFIERS).partition("/")
    return f"{IDENTIFIERS}instrument/{rest.partition('/')[0]}" if first == "instrument" else IDENTIFIERS + first
