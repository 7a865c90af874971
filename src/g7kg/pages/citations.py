"""How a page is cited and shared: as text, BibTeX and CSL-JSON, with an address that names the version of the data."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

from g7kg.dataset.dataset import Dataset
from g7kg.rdf.vocab import BASE

AUTHORS: Final = "The g7kg authors"
WORK: Final = "g7kg: a knowledge graph of G7 digital ministers' declarations"

_LATEX: Final = {
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


@dataclass(frozen=True)
class Citation:
    """One thing of the graph as it is cited: its ``iri``, its ``title``, and a ``summary`` of it in a sentence.

    ``source`` says where in which document it stands (empty: it is the document, or of several), ``day`` when that
    document was issued (ISO 8601, or empty). ``version`` is the digest of the data, ``modified`` its day. ``contact``
    is where readers report errors, if that is known.
    """

    iri: str
    title: str
    summary: str
    source: str
    day: str
    version: str
    modified: str
    contact: str

    @property
    def permalink(self) -> str:
        """The address that names the version too."""
        return f"{self.iri}?{urlencode({'version': self.release})}"

    @property
    def release(self) -> str:
        """What the pages call the version: the first digits of its digest."""
        return self.version[:16]

    @property
    def text(self) -> str:
        """The citation in a sentence or two."""
        source = f" {self.source}." if self.source else f" Issued {self.day}." if self.day else ""
        version = f"Version {self.release} of {self.modified}"
        return f"{AUTHORS}. “{self.title}”.{source} In: {WORK}. {version}, CC BY 4.0. {self.permalink}"

    @property
    def bibtex(self) -> str:
        """The citation for BibTeX and biblatex."""
        year, month, _ = self.modified.split("-")
        fields = {
            "author": f"{{{AUTHORS}}}",
            "title": f"{{{_escape(self.title)}}}",
            "howpublished": _escape(WORK),
            "year": year,
            "month": str(int(month)),
            "version": self.release,
            "note": _escape(self.source or (f"Issued {self.day}" if self.day else "")),
            "url": self.permalink,
        }
        lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
        return f"@misc{{{self.key},\n{lines}}}\n"

    @property
    def key(self) -> str:
        """The key of the citation: ``g7kg-undertaking-ai-adoption-report``."""
        return re.sub(r"[^a-z0-9]+", "-", f"g7kg-{self.iri.removeprefix(BASE).removeprefix('id/')}".lower()).strip("-")

    @property
    def csl(self) -> str:
        """The citation in CSL-JSON (https://docs.citationstyles.org/en/stable/specification.html#appendix-iv-variables)."""
        item = {
            "id": self.key,
            "type": "dataset",
            "title": self.title,
            "author": [{"literal": AUTHORS}],
            "container-title": WORK,
            "issued": _to_date(self.modified),
            "version": self.release,
            "URL": self.permalink,
            "license": "CC BY 4.0",
            **({"section": self.source} if self.source else {}),
            **({"original-date": _to_date(self.day)} if self.day else {}),
        }
        return json.dumps([item], ensure_ascii=False)

    @property
    def metadata(self) -> Mapping[str, str]:
        """What citation managers read in a page's head: its metadata by name, as Google Scholar has them."""
        return {
            "citation_title": self.title,
            "citation_author": AUTHORS,
            "citation_publication_date": self.modified.replace("-", "/"),
            "citation_publisher": "g7kg",
            "citation_language": "en",
            "citation_public_url": self.permalink,
        }

    @property
    def report(self) -> str:
        """The address at which a reader reports an error of this page, its IRI and version filled in; or empty."""
        if not self.contact:
            return ""
        body = f"{self.iri}\nversion {self.version}\n\nWhat is wrong, and what the document says:\n"
        subject = "subject" if self.contact.startswith("mailto:") else "title"
        fields = urlencode({subject: f"Error in {self.iri.removeprefix(BASE)}", "body": body}, quote_via=quote)
        return f"{self.contact}{'&' if '?' in self.contact else '?'}{fields}"


def make_citation(  # noqa: PLR0913, PLR0917 - a citation has so many parts
    dataset: Dataset, iri: str, title: str, summary: str = "", source: str = "", day: str = ""
) -> Citation:
    """Return the citation of ``iri`` in the version that ``dataset`` is; without summary it is the title."""
    manifest = dataset.manifest
    found = (manifest.digest, manifest.modified, dataset.contact)
    return Citation(iri, title, summary or title, source, day, *found)


def _escape(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in text)


def _to_date(day: str) -> dict[str, list[list[int]]]:
    return {"date-parts": [[int(part) for part in day.split("-")]]}
