"""Derivation by rule: SPARQL CONSTRUCT files, applied once each in the order of their names."""

import json
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import IO, Final

import pyoxigraph as ox
from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, RdfFormat, Triple

from g7kg.build.memo import SUBJECTS, Digests, Memo, add_digests, digest_lines
from g7kg.build.work import Means
from g7kg.errors import Location, RuleError
from g7kg.rdf.lines import load_lines, read_lines, to_triples
from g7kg.rdf.vocab import graph_iri
from g7kg.texts.files import read_text

_MOST: Final = 1 << 20
"""The most bytes of a rule."""

_BATCH: Final = 200_000
_FEW: Final = 10_000
"""Up to so many quads a transaction takes less time than a bulk load."""

_SEVERAL: Final = 2
"""So many rules are worth to have the store put in order: that takes as long as one, and spares a large store much."""

_KEPT: Final = 64 << 20
"""The most bytes that are kept of what a rule derives."""


@dataclass(frozen=True)
class Rule:
    """A rule: where it is written, and its query."""

    path: Path
    query: str


def read_rules(folder: Path) -> tuple[Rule, ...]:
    """Return the rules in ``folder`` in the order of application, which is that of their file names.

    The order makes the rules stratified: one that asks for the absence of something stands behind those that make it.
    """
    return tuple(Rule(path, read_text(path, RuleError, most=_MOST)) for path in sorted(folder.glob("*.rq")))


def apply_rules(  # noqa: PLR0913 - a graph on the disk is a store and files
    store: ox.Store, stated: Sequence[Path], rules: Sequence[Rule], *, path: Path, digests: Digests, means: Means
) -> None:
    """Put the triples of ``stated``, files of N-Quads, into ``store``, and what ``rules`` derive of all that it has.

    A rule sees what the rules before it derived. That is written, in the derived graph, to the file at ``path``.
    ``digests`` are those of all that is stated, and become those of the store. A rule that reads what it read before is
    not asked: what it derived is kept. Raises ``RuleError``, naming the file, if a rule is no CONSTRUCT query, cannot
    be evaluated, or derives something of a blank node, or of what nothing else is said of.
    """
    means.progress("applying the rules")
    with path.open("w+b") as file:
        derivation = _Derivation(store, file, list(stated), digests, means)
        for rule in rules:
            derivation.apply(rule)
        derivation.load()
    if derivation.asked >= _SEVERAL:
        store.optimize()


@dataclass
class _Derivation:
    """A store of which rules are asked, and the file of what they derive.

    Files that are ``waiting`` are not in the store yet, nor what follows the first ``loaded`` bytes of the file.
    """

    store: ox.Store
    file: IO[bytes]
    waiting: list[Path]
    digests: Digests
    means: Means
    loaded: int = 0
    asked: int = 0

    def apply(self, rule: Rule) -> None:
        """Write what ``rule`` derives, or has derived before of the same."""
        memo = Memo(self.means.work, rule.query)
        kept = memo.recall(self.digests)
        add_digests(self.digests, self._ask(rule, memo) if kept is None else self._take(kept))

    def load(self) -> None:
        """Put everything into the store that is not there yet: at once, which takes the least time."""
        if self.waiting or self.file.tell() > self.loaded:
            self.means.progress("loading the graph")
            self.file.seek(self.loaded)
            lines = chain(read_lines(self.waiting), self.file)
            load_lines(self.store, to_triples(lines), RdfFormat.N_TRIPLES)
            self.waiting.clear()
            self.means.progress("applying the rules")

    def _take(self, kept: bytes) -> Digests:
        head, _, lines = kept.partition(b"\n")
        self.file.write(lines)
        own: Digests = json.loads(head)
        return own

    def _ask(self, rule: Rule, memo: Memo) -> Digests:
        self.load()
        self.asked += 1
        if self.asked == _SEVERAL:
            self.store.optimize()
        start = self.file.tell()
        constructed = _derive(self.store, rule, self.file)
        self.loaded = self.file.tell()
        self.file.seek(start)
        own = digest_lines(self.file)
        del own[SUBJECTS]  # they are known: nothing is derived of others
        if self.loaded - start <= _KEPT:
            self.file.seek(start)
            lines = self.file.read()
            if b" _:" not in lines:  # a bulk load gives blank nodes other names
                outcome = json.dumps(own).encode() + b"\n" + lines
                memo.keep(self.digests, self.store, outcome, {SUBJECTS, *constructed})
        return own


def _derive(store: ox.Store, rule: Rule, file: IO[bytes]) -> set[str]:
    """Write what ``rule`` derives; return the predicates of all that it constructs, whether or not that is new."""
    constructed: set[str] = set()

    def note(triple: Triple) -> Triple:
        constructed.add(str(triple.predicate))
        return triple

    graph = str(graph_iri("derived"))
    with closing(_construct(store, rule)) as triples:  # what is left of a result is for this thread alone to drop
        new = _add_new(store, rule, map(note, triples))
        file.writelines(f"{triple} {graph} .\n".encode() for triple in new)
    return constructed


def _add_new(store: ox.Store, rule: Rule, constructed: Iterator[Triple]) -> Iterator[Triple]:
    """Put those of ``constructed`` that are new into ``store``, and yield them."""
    # evaluated on the store as it was when the rule began
    while batch := {Quad(*triple): None for triple in islice(constructed, _BATCH)}:
        new = [quad for quad in batch if quad not in store]
        _check_subjects(store, rule, {quad.subject for quad in new})
        (store.bulk_extend if len(new) > _FEW else store.extend)(new)
        yield from (quad.triple for quad in new)


def _check_subjects(store: ox.Store, rule: Rule, subjects: Iterable[NamedNode | BlankNode | Triple]) -> None:
    """Raise ``RuleError`` unless something is said of each of ``subjects``: what is new would belong to no document."""
    for subject in subjects:
        if not isinstance(subject, NamedNode) or not any(store.quads_for_pattern(subject, None, None, DefaultGraph())):
            message = f"the rule derives something of {subject}, of which nothing is stated"
            raise RuleError(message, location=Location(str(rule.path)), hint="derive it of what a mapping defines")


def _construct(store: ox.Store, rule: Rule) -> Generator[Triple, None, None]:
    location = Location(str(rule.path))
    try:
        result = store.query(rule.query)
        if not isinstance(result, ox.QueryTriples):
            raise RuleError("the rule is not a CONSTRUCT query", location=location)
        yield from result
    except SyntaxError as error:
        raise RuleError(f"the rule is not valid SPARQL: {error}", location=location) from error
    except (RuntimeError, OSError) as error:
        raise RuleError(f"the rule cannot be evaluated: {error}", location=location) from error
