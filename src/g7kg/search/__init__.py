"""Search: what people type, found in the index of a snapshot, within a deadline."""

from g7kg.search.finding import Facet, Findings, Hit, Run, Wish
from g7kg.search.searcher import Searcher, open_searcher
from g7kg.search.words import Wording, read_wording

__all__ = ["Facet", "Findings", "Hit", "Run", "Searcher", "Wish", "Wording", "open_searcher", "read_wording"]
