"""The page of coverage: how much of the documents is mapped, and what they do with words."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from g7kg.dataset.dataset import Dataset, Row, Selection
from g7kg.pages.drawing.bars import Bar, BarChart, stack_bars
from g7kg.pages.filters import Criteria
from g7kg.pages.glossary import plain
from g7kg.pages.named import Named, rank
from g7kg.pages.naming import read_iris
from g7kg.pages.register import STATUSES
from g7kg.pages.rendering import Page, local_path
from g7kg.pages.sources import read_sources
from g7kg.pages.undertakings import PATH
from g7kg.snapshot.register import STRENGTHS

MOST: Final = 60
"""How many documents, the latest, the page shows one by one."""

_COUNTS: Final = ("sentences", "scope", "covered", "statements", "parts")
_NUMBER: Final = re.compile("[0-9]{1,12}")


@dataclass(frozen=True)
class Figure:
    """A chart, what its rows are called, and where they lead, by label."""

    caption: str
    heading: str
    chart: BarChart
    links: Mapping[str, str]


async def show_coverage(dataset: Dataset) -> Page:
    """Return the page: how much of the documents is mapped, their statements by speech act, what became of promises."""
    documents, undertakings = await asyncio.gather(
        dataset.select("documents-in-numbers"), dataset.select("undertakings-by-kind")
    )
    numbered = (row for row in documents.rows if all(_NUMBER.fullmatch(row[name]) for name in _COUNTS))
    counted = list({row["document"]: row for row in numbered}.values())
    known = {iri: source.known_as for iri, source in read_sources(documents.rows).items()}
    names = dict(list(known.items())[-MOST:])
    rows = [row for row in counted if row["document"] in names]
    told = [await dataset.select("statements-by-verb", document=iri) for iri in read_iris(names)]
    spoken = [row for selection in told for row in selection.rows]
    statements = Selection(dataset.library.selections["statements-by-verb"], {}, ())
    values = {
        "rows": rows,
        "count": len(counted),
        "names": names,
        "bars": _draw_covered(rows, names),
        "totals": {key: sum(int(row[key]) for row in counted) for key in _COUNTS[:4]},
        "figures": [
            _draw_documents(spoken, names, "class", "Statements by kind of speech act", ()),
            _draw_documents(spoken, names, "strength", "Statements by how strongly they bind", STRENGTHS),
        ],
        "verbs": draw_verbs(spoken, names),
        "tracked": draw_statuses(undertakings.rows),
    }
    return Page("coverage.html", values, (documents, statements, undertakings))


def _draw_covered(rows: Sequence[Row], names: Mapping[str, str]) -> list[Bar]:
    """Return a bar for each document, all of one length: its sentences, the covered ones first, those outside empty."""
    bars = []
    for row in rows:
        covered, scope = int(row["covered"]), int(row["scope"])
        parts = [("covered", covered, None), ("not covered", max(scope - covered, 0), None)]
        bars.append(stack_bars([(names[row["document"]], parts)], whole=int(row["sentences"])).bars[0])
    return bars


def _draw_documents(
    rows: Iterable[Row], names: Mapping[str, str], key: str, caption: str, order: Sequence[str]
) -> Figure:
    counts: Counter[tuple[str, Named]] = Counter()
    for row in rows:
        counts[row["document"], Named(row[f"{key}Label"], row[key])] += int(row["statements"])
    series = sorted({named for _, named in counts}, key=lambda named: (rank(named.name, order), named.label))
    parts = [(names[iri], [(plain(one), counts[iri, one], None) for one in series]) for iri in names]
    links = {name: local_path(iri) for iri, name in names.items()}
    return Figure(caption, "Document", stack_bars(parts, [plain(one) for one in series]), links)


def draw_verbs(rows: Sequence[Row], names: Mapping[str, str]) -> list[Figure]:
    """Return a figure for each class of speech act: its verbs, the most frequent first, by document, on one scale."""
    counts: Counter[tuple[Named, Named, str]] = Counter()
    for row in rows:
        class_, act = Named(row["classLabel"], row["class"]), Named(row["actLabel"], row["act"])
        counts[class_, act, row["document"]] += int(row["statements"])
    totals: Counter[tuple[Named, Named]] = Counter()
    for (class_, act, _), number in counts.items():
        totals[class_, act] += number
    whole = max(totals.values(), default=0)
    figures = []
    for class_ in sorted({class_ for class_, _ in totals}):
        acts = sorted((act for one, act in totals if one == class_), key=lambda act: (-totals[class_, act], act))
        parts = [(act.label, [(name, counts[class_, act, iri], None) for iri, name in names.items()]) for act in acts]
        links = {act.label: local_path(act.iri) for act in acts}
        figures.append(Figure(plain(class_), "Verb", stack_bars(parts, tuple(names.values()), whole), links))
    return figures


def draw_statuses(rows: Iterable[Row]) -> Figure:
    """Return the undertakings of each kind by status; every number leads to the tracker."""
    counts: Counter[tuple[Named, Named]] = Counter()
    for row in rows:
        kind, status = Named(row["kindLabel"], row["kind"]), Named(row["statusLabel"], row["status"])
        counts[kind, status] += int(row["undertakings"])
    statuses = sorted({status for _, status in counts}, key=lambda status: rank(status.name, STATUSES))
    known = {status.name: status.label for status in statuses}
    kinds = sorted({kind for kind, _ in counts})
    links = {kind.label: PATH + Criteria({"kind": kind.name}).query for kind in kinds}

    def track(kind: Named, status: Named) -> str:
        return PATH + Criteria({"status": status.name, "kind": kind.name}).query

    parts = [(kind.label, [(one.label, counts[kind, one], track(kind, one)) for one in statuses]) for kind in kinds]
    chart = stack_bars(parts, [known.get(name, name) for name in STATUSES])
    return Figure("Promises by kind and latest status on record", "Kind", chart, links)
