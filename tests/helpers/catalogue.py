"""The catalogue of queries, and the files of the rows that are expected of it."""

from tests.helpers.project import ROOT

from g7kg.mapping.workspace import find_workspace
from g7kg.queries.catalogue import read_queries

CASES = ROOT / "tests" / "cases" / "queries"
QUERIES = read_queries(find_workspace().queries)
