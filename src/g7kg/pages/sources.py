"""The documents that speak, by what people call them: place and month."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from g7kg.pages.named import Named, Row
from g7kg.rdf.vocab import shorten_iri
from g7kg.texts.dates import read_day


@dataclass(frozen=True)
class Source:
    """A document that speaks, and the day when it was adopted, if that is known."""

    document: Named
    day: date | None

    @property
    def known_as(self) -> str:
        """By what people know it, which is also its label here: place, or else its title, and month."""
        return self.document.label

    @property
    def sort_key(self) -> tuple[date, str]:
        """By day, those without one last."""
        return (self.day or date.max, self.document.iri)


class _Sources(dict[str, Source]):
    """Documents by IRI; one of which nothing is known has only its IRI, as in data that is not ours."""

    def __missing__(self, iri: str) -> Source:
        return Source(Named(shorten_iri(iri), iri), None)


def read_sources(rows: Iterable[Row]) -> Mapping[str, Source]:
    """Return the documents of the selection ``documents-with-undertakings`` by IRI, in its order.

    Whatever else is looked up in them is a document without a day, called by its IRI. Places stand in the order in
    which the meeting's own name tells them.
    """
    places: dict[str, list[str]] = defaultdict(list)
    firsts: dict[str, Row] = {}
    for row in rows:
        firsts.setdefault(row["document"], row)
        if "place" in row and row["place"] not in places[row["document"]]:
            places[row["document"]].append(row["place"])
    titles = {iri: row.get("title", shorten_iri(iri)) for iri, row in firsts.items()}
    days = {iri: read_day(row.get("date")) for iri, row in firsts.items()}
    names: dict[str, str] = {}
    for iri, row in firsts.items():
        ordered = sorted(places[iri], key=row.get("name", "").find)
        names[iri] = (" and ".join(ordered) or titles[iri]) + (f", {days[iri]:%B %Y}" if days[iri] else "")
    known = Counter(names.values())  # where documents share place and month, their titles tell them apart
    labels = {iri: name if known[name] == 1 else f"{name}: {titles[iri]}" for iri, name in names.items()}
    return _Sources((iri, Source(Named(label, iri), days[iri])) for iri, label in labels.items())
