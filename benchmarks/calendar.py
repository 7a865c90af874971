"""When and where the synthetic declarations are adopted: twenty a year from 2026 on, under one presidency a year."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

FIRST_YEAR: Final = 2026
"""The year after the last presidency of the G7 that the real registry has."""
LAST_YEAR: Final = 2600
A_YEAR: Final = 20
"""How many declarations are adopted in a year."""
MOST: Final = (LAST_YEAR - FIRST_YEAR) * A_YEAR
"""How many declarations there can be."""

_PLACES: Final = ("lakeside", "harbour", "hillside", "meadow", "orchard", "riverbank", "woodland", "clifftop", "island")
_COUNTRIES: Final = ("france", "united-kingdom", "japan", "italy", "canada")
_DAYS_BETWEEN: Final = 17


@dataclass(frozen=True)
class Presidency:
    """A presidency of the G7: its year and the slug of its country."""

    year: int
    country: str

    @property
    def id(self) -> str:
        """Its identifier, as mappings write it."""
        return f"presidency:{self.country}-{self.year}"

    @property
    def label(self) -> str:
        """Its name."""
        return f"{self.country.replace('-', ' ').title()}'s G7 presidency in {self.year}"


@dataclass(frozen=True)
class Occasion:
    """The meeting that adopts the declaration ``number``, counted from 1; ``days`` are its first and its last."""

    number: int
    place: str
    presidency: Presidency
    days: tuple[dt.date, dt.date]

    @property
    def slug(self) -> str:
        """The slug of the declaration and of the meeting."""
        return f"{self.place}-{self.number:05}-{self.presidency.year}"

    @property
    def is_first_of_year(self) -> bool:
        """Whether no declaration of its year comes before."""
        return self.number % A_YEAR == 1


def find_presidency(year: int) -> Presidency:
    """Return the presidency of ``year``; the five countries of the G7 that the real registry has take turns."""
    return Presidency(year, _COUNTRIES[(year - FIRST_YEAR) % len(_COUNTRIES)])


def find_occasion(number: int) -> Occasion:
    """Return the occasion of the declaration ``number``, which depends on nothing else."""
    years, place_in_year = divmod(number - 1, A_YEAR)
    presidency = find_presidency(FIRST_YEAR + years)
    first = dt.date(presidency.year, 1, 10) + dt.timedelta(place_in_year * _DAYS_BETWEEN)
    return Occasion(number, _PLACES[number % len(_PLACES)], presidency, (first, first + dt.timedelta(number % 2)))
