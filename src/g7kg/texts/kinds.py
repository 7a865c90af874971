"""The kinds of document: how each is cut into units, and what its units are called. A new kind is one entry here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from g7kg.texts.entries import segment_catalogue
from g7kg.texts.segmentation import segment
from g7kg.texts.units import Kind, Unit


@dataclass(frozen=True)
class DocumentKind:
    """A kind of document.

    ``name`` is the class of the document in the ontology, ``label`` what people call it. ``segment`` returns the units
    of a text in reading order. ``parts`` gives the class of each kind of unit; a unit of no class there (front and back
    matter) is no part. ``keys`` are further keys that its mapping has to fill.
    """

    name: str
    label: str
    segment: Callable[[str], tuple[Unit, ...]]
    parts: Mapping[Kind, str] = field(hash=False)
    keys: tuple[str, ...] = ()

    def read_parts(self, text: str) -> tuple[Unit, ...]:
        """Return the units of ``text`` that are parts of the document, in reading order."""
        return tuple(unit for unit in self.segment(text) if unit.kind in self.parts)


_DECLARATION: Final[Mapping[Kind, str]] = {
    "section": "Section",
    "paragraph": "Paragraph",
    "bullet": "Bullet",
    "annex": "Annex",
}
_CATALOGUE: Final[Mapping[Kind, str]] = {"paragraph": "Paragraph", "entry": "CatalogueEntry"}

DOCUMENT_KINDS: Final[Mapping[str, DocumentKind]] = {
    "Declaration": DocumentKind("Declaration", "declaration", segment, _DECLARATION),
    "Catalogue": DocumentKind("Catalogue", "catalogue", segment_catalogue, _CATALOGUE, ("modified",)),
}
"""All kinds of document by the names of their classes."""
