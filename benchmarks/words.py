"""Words for what has no text: gists, cues, titles, made by rule from a few plain words."""

from __future__ import annotations

from random import Random
from typing import Final

_THINGS: Final = (  # noqa: SIM905 - a list of so many takes a page
    "archives ballots beacons bridges buoys cables canals charts clocks cranes dams docks ferries forecasts gauges"
    " gardens harbours kilns lanterns ledgers libraries lighthouses looms maps markets meters mills museums nurseries"
    " orchards parks ports postcards pumps quarries railways records registers reservoirs roads schools seeds signals"
    " stations streetlights tickets timetables trams tunnels turbines vaults vineyards weirs wells wharves workshops"
).split()
_QUALITIES: Final = (  # noqa: SIM905 - likewise
    "careful common durable early even fair frugal honest joint lasting local modest mutual open orderly patient plain"
    " prompt public quiet regular shared simple sober sound steady tidy timely useful wide"
).split()
_TASKS: Final = (
    "advice",
    "care",
    "design",
    "funding",
    "planning",
    "repair",
    "research",
    "study",
    "testing",
    "training",
)
_MOST_CUE_WORDS: Final = 7


def make_title(random: Random) -> str:
    """Return a title of a few words."""
    title = f"{random.choice(_QUALITIES)} {random.choice(_TASKS)} for {random.choice(_THINGS)}"
    return title.capitalize()


def make_gist(random: Random, act: str, number: int) -> str:
    """Return a sentence about the speech ``act``; that of another ``number`` is another one."""
    phrases = [
        f"{random.choice(_QUALITIES)} {random.choice(_TASKS)} for {random.choice(_THINGS)}"
        for _ in range(random.randint(1, 4))
    ]
    listed = " and ".join(", ".join(phrases).rsplit(", ", 1)) if len(phrases) > 1 else phrases[0]
    return f"The ministers {act.replace('-', ' ')}, as their point {number}, {listed}."


def make_cue(random: Random) -> str:
    """Return a few words that could stand at the beginning or the end of a sentence."""
    return " ".join(random.choice(_QUALITIES + _THINGS) for _ in range(random.randint(3, _MOST_CUE_WORDS)))


def make_digest(random: Random) -> str:
    """Return the digits of a SHA-256 that is nothing's."""
    return f"{random.getrandbits(256):064x}"
