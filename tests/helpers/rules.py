"""Rules applied to a small store."""

from collections.abc import Sequence

import pyoxigraph as ox
from pyoxigraph import Triple
from tests.helpers.project import quiet

from g7kg.build.memo import digest_lines
from g7kg.build.rules import Rule, apply_rules
from g7kg.build.work import Means, WorkFolder


def derive_triples(store: ox.Store, rules: Sequence[Rule], work: WorkFolder) -> list[Triple]:
    """Return what ``rules`` derive from ``store``, which has it afterwards, too; outcomes are kept in ``work``."""
    path, before = work.path / "derived.nq", len(store)
    digests = digest_lines(f"{quad.triple} .\n".encode() for quad in store)
    apply_rules(store, [], rules, path=path, digests=digests, means=Means(work, quiet, 1))
    derived = [quad.triple for quad in ox.parse(path=path, format=ox.RdfFormat.N_QUADS)]
    assert len(store) == before + len(derived)
    return derived
