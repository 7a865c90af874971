"""Undertakings as data: CSV and JSON. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from g7kg.pages.register import Event, Named, Undertaking
from g7kg.rdf.solutions import write_csv

COLUMNS: Final = (
    "undertaking",
    "label",
    "kind",
    "strength",
    "status",
    "debtor",
    "addressee",
    "topic",
    "due",
    "dueStated",
    "document",
    "stated",
    "life",
)


def to_csv(undertakings: Iterable[Undertaking]) -> bytes:
    """Return one row an undertaking (RFC 4180), a header first; several values in a cell are parted by “; ”.

    ``undertaking`` and ``document`` are IRIs, other resources have their labels.
    """
    return write_csv(COLUMNS, map(_to_cells, undertakings))


def _to_cells(undertaking: Undertaking) -> tuple[str, ...]:
    return (
        undertaking.iri,
        undertaking.label,
        _join(undertaking.kinds),
        _join(undertaking.strengths),
        _join(undertaking.statuses),
        _join(undertaking.debtors),
        _join(undertaking.addressees),
        _join(undertaking.topics),
        "; ".join(day.isoformat() for day in undertaking.days),
        "; ".join(deadline.stated for deadline in undertaking.deadlines if deadline.stated),
        "; ".join(source.document.iri for source in undertaking.first),
        "; ".join(source.day.isoformat() for source in undertaking.first if source.day),
        "; ".join(event.text for event in undertaking.events),
    )


def _join(values: Iterable[Named]) -> str:
    return "; ".join(value.label for value in values)


def to_json(undertakings: Iterable[Undertaking], matching: int, total: int) -> bytes:
    """Return the undertakings with how many of all ``total`` match; resources have IRI and label, days are ISO 8601."""
    arranged = [_arrange(undertaking) for undertaking in undertakings]
    value = {"total": total, "matching": matching, "undertakings": arranged}
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _arrange(undertaking: Undertaking) -> dict[str, Any]:
    return {
        "iri": undertaking.iri,
        "label": undertaking.label,
        "kinds": _arrange_named(undertaking.kinds),
        "strengths": _arrange_named(undertaking.strengths),
        "statuses": _arrange_named(undertaking.statuses),
        "debtors": _arrange_named(undertaking.debtors),
        "addressees": _arrange_named(undertaking.addressees),
        "topics": _arrange_named(undertaking.topics),
        "deadlines": [
            {"day": deadline.day.isoformat() if deadline.day else None, "stated": deadline.stated or None}
            for deadline in undertaking.deadlines
        ],
        "firstStatedIn": _arrange_named(source.document for source in undertaking.first),
        "life": [_arrange_event(event) for event in undertaking.events],
    }


def _arrange_named(values: Iterable[Named]) -> list[dict[str, str]]:
    return [{"iri": value.iri, "label": value.label} for value in values]


def _arrange_event(event: Event) -> dict[str, Any]:
    return {
        "event": event.kind,
        "label": event.label,
        "day": event.source.day.isoformat() if event.source.day else None,
        "document": event.source.document.iri,
        "inferred": event.inferred,
    }
