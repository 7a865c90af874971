"""Versions of the vocabulary: what each stands for, and that it stands for one thing only once it was released."""

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import pyoxigraph as ox
from pyoxigraph import CanonicalizationAlgorithm, Literal, NamedNode, Quad

from g7kg.rdf.vocab import BASE, DCTERMS, OWL

DRAFT: Final = "-draft-"
"""Parts the number of a version from the digest of what stands under it and is not what was released."""

_TOLD: Final = frozenset({OWL("versionIRI"), OWL("versionInfo"), DCTERMS("modified")})
"""What is said of a version is no part of what it stands for."""

logger = logging.getLogger(__name__)


def digest_versions(quads: Iterable[Quad], context: bytes) -> dict[str, str]:
    """Return the SHA-256 of what each version IRI in ``quads`` stands for: the graph where it is stated.

    The JSON-LD ``context`` belongs to the ontology. Form does not count: neither order, prefixes nor comments; nor
    does what a build has each graph say of itself, its licence and what it is part of.
    """
    graphs: dict[object, list[Quad]] = {}
    for quad in quads:
        graphs.setdefault(quad.graph_name, []).append(quad)
    digests = {}
    for found in graphs.values():
        versions = (quad.object for quad in found if quad.predicate == OWL("versionIRI"))
        for version in (one for one in versions if isinstance(one, NamedNode)):
            digest = hashlib.sha256(_canonicalise(found))
            if version.value.startswith(f"{BASE}ontology/"):
                digest.update(json.dumps(json.loads(context), sort_keys=True).encode())
            digests[version.value] = digest.hexdigest()
    return digests


def mark_drafts(quads: Iterable[Quad], digests: Mapping[str, str], released: Mapping[str, str]) -> Iterator[Quad]:
    """Yield ``quads``, in which a version is a draft if it was ``released`` with another digest than in ``digests``.

    A draft has a version IRI of its own. A warning is logged: raise the number, or take the change back.
    """
    drafts: dict[object, str] = {}
    for iri, digest in digests.items():
        if released.get(iri, digest) != digest:
            vocabulary, _, number = iri.rpartition("/")
            drafts[NamedNode(vocabulary)] = f"{number}{DRAFT}{digest[:12]}"
            logger.warning("%s has changed since it was released, and is served as a draft: raise its version", iri)
    for quad in quads:
        draft, told = drafts.get(quad.subject), quad.object
        if draft and quad.predicate == OWL("versionIRI"):
            told = NamedNode(f"{str(quad.subject).strip('<>')}/{draft}")
        elif draft and quad.predicate == OWL("versionInfo"):
            told = Literal(draft)
        yield Quad(quad.subject, quad.predicate, told, quad.graph_name)


def _canonicalise(quads: Iterable[Quad]) -> bytes:
    own = (quad for quad in quads if quad.predicate not in _TOLD and quad.subject != quad.graph_name)
    dataset = ox.Dataset(Quad(*quad.triple) for quad in own)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return "\n".join(sorted(map(str, dataset))).encode()
