"""What was measured, as one table: a row for what it is, a column for each server, medians of all repetitions."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

US: Final = "g7kg"


@dataclass
class Table:
    """What was measured: by row and server the values of all repetitions, each with a remark to stand beside it."""

    title: str = ""
    cells: dict[str, dict[str, list[tuple[float, str]]]] = field(default_factory=lambda: defaultdict(dict))
    notes: list[str] = field(default_factory=list)

    def add(self, row: str, name: str, value: float, remark: str = "") -> None:
        """Add a value of the server ``name``."""
        self.cells[row].setdefault(name, []).append((value, remark))

    def describe(self) -> Iterator[str]:
        """Yield the lines of the table in Markdown: medians, and the ratio of g7kg to each other server."""
        names = list(dict.fromkeys(name for row in self.cells.values() for name in row))
        others = [name for name in names if name != US] if US in names else []
        yield f"| {self.title} | {' | '.join([*names, *(f'{US} : {other}' for other in others)])} |"
        yield "|---|" + "---:|" * (len(names) + len(others))
        for title, row in self.cells.items():
            middle = {name: sorted(values)[len(values) // 2] for name, values in row.items()}
            shown = [f"{_format(middle[name][0])}{middle[name][1]}" if name in middle else "–" for name in names]
            both = [US in middle and other in middle for other in others]
            ratios = [
                _format(middle[US][0] / middle[other][0]) if known else "–"
                for known, other in zip(both, others, strict=True)
            ]
            yield f"| {title} | {' | '.join([*shown, *ratios])} |"
        yield from ("", *(f"- {note}" for note in self.notes))


def _format(value: float) -> str:
    """Return ``value`` with three digits that count."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004 - as it says
