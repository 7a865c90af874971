"""g7kg: a knowledge graph of G7 digital ministers' declarations, made by hand, checked by machine, served."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from g7kg.client import KnowledgeGraph

__version__ = "0.2.0"


def open(source: str | Path | None = None, *, deadline: float = 60.0) -> KnowledgeGraph:  # noqa: A001 - g7kg.open
    """Return the graph at ``source``, to be asked from Python; see ``g7kg.client.open_graph``."""
    from g7kg.client import open_graph  # noqa: PLC0415 - importing the package loads nothing

    return open_graph(source, deadline=deadline)
