"""What people call things: resources by their labels, parts of documents, days."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from g7kg.rdf.vocab import BASE, G7, IDENTIFIERS

Row = Mapping[str, str]

_PARTS: Final = {"a": "Annex", "p": "paragraph", "b": "bullet", "e": "entry"}


@dataclass(frozen=True, order=True)
class Named:
    """A resource with its label."""

    label: str
    iri: str

    @property
    def name(self) -> str:
        """What stands for it in an address: its IRI without what all of its kind begin with."""
        if self.iri.startswith(f"{BASE}scheme/"):
            return self.iri.rpartition("/")[2]
        return self.iri.removeprefix(IDENTIFIERS).removeprefix(G7.iri)


def show_day(day: date) -> str:
    """Return ``day`` as the pages write it: “15 March 2024”."""
    return f"{day.day} {day:%B %Y}"


def rank(name: str, order: Sequence[str]) -> tuple[int, str]:
    """Return a key that sorts ``name`` by its place in ``order``; what is not in it comes last, by name."""
    return (order.index(name) if name in order else len(order), name)


def name_of(iri: str) -> str:
    """Return what stands for ``iri`` in an address; see ``Named.name``."""
    return Named("", iri).name


def name_part(path: str) -> str:
    """Return how people call the part of a document at ``path``: “Annex 2, bullet 1” for ``a2/b1``."""
    pieces = (re.fullmatch(r"([apbe])0*(\d+)", piece) for piece in path.split("/"))
    named = [f"{_PARTS[piece[1]]} {piece[2]}" if piece else None for piece in pieces]
    return ", ".join(filter(None, named)) if all(named) else path


def name_place(row: Row) -> str:
    """Return how people call the part of its document that a row speaks of."""
    return name_part(row["part"].removeprefix(row["document"] + "/"))
