"""Dates: as documents print them, in English, and as data writes them."""

import re
from datetime import date
from typing import Final

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_MONTH: Final = f"(?P<month>{'|'.join(_MONTHS)})"
_DAY: Final = r"(?:\d{1,2}(?:st|nd|rd|th)?\s*(?:[-–—]|and|to)\s*)?(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_DATES: Final = (
    re.compile(rf"\b{_DAY}\s+(?:of\s+)?{_MONTH},?\s+(?P<year>\d{{4}})\b"),
    re.compile(rf"\b{_MONTH}\s+{_DAY},?\s+(?P<year>\d{{4}})\b"),
)
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def read_date(text: str) -> str:
    """Return the date (ISO 8601) that ``text`` tells, of several days the last; nothing if it tells none, or no day."""
    for pattern in _DATES:
        if match := pattern.search(text):
            try:
                return date(int(match["year"]), _MONTHS.index(match["month"]) + 1, int(match["day"])).isoformat()
            except ValueError:
                return ""
    return ""


def read_day(text: str | None) -> date | None:
    """Return the day that the lexical form of an ``xsd:date`` names, without its time zone; ``None`` if it is none."""
    found = _ISO.match(text or "")
    try:
        return date.fromisoformat(found[0]) if found else None
    except ValueError:
        return None
