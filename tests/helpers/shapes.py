"""The shapes of the project, and the cases that each is tried on."""

from functools import cache

from pyoxigraph import Quad
from tests.helpers.project import ROOT

from g7kg.build.graph import turtle_to_quads
from g7kg.rdf.vocab import graph_iri

FOLDER = ROOT / "tests/cases/shapes"
CASES = sorted(FOLDER.glob("*/*.ttl"))


@cache
def shapes_of(name: str) -> tuple[Quad, ...]:
    """Return the shapes in the file ``name`` and the prefixes that their queries use."""
    files = (ROOT / "shapes" / f"{name}.ttl", ROOT / "shapes/shapes.ttl")
    return tuple(quad for file in files for quad in turtle_to_quads(file, graph_iri("shapes")))
