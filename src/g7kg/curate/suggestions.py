"""What a statement may mean, from its words and from what is mapped already; for a curator to confirm, or not."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from pathlib import Path
from typing import Final

from g7kg.curate.drafts import Draft, get_text, list_fields, list_texts, read_number, walk_scalars
from g7kg.curate.likeness import Vector, compare, count_words
from g7kg.curate.mentions import Namer, make_namer
from g7kg.curate.precedents import Precedents, read_precedents
from g7kg.curate.refresh import read_wording
from g7kg.curate.verbs import Verbs, read_verbs, suggest_act
from g7kg.errors import TextError
from g7kg.mapping.nodes import Fields
from g7kg.mapping.values import UNWRITTEN
from g7kg.mapping.workspace import Workspace
from g7kg.texts.sentences import split_sentences
from g7kg.texts.sources import Source, read_source, read_sources
from g7kg.texts.units import Unit

SHOWN: Final = 3
"""How many topics and how many undertakings are suggested at most."""

_NEAREST: Final = 10
_LEAST: Final = 0.35
"""How like a statement an undertaking has to be."""


@dataclass(frozen=True)
class Suggestion:
    """What ``statement`` may say: its speech act, topics, the things that it names (with the names), undertakings.

    Topics and undertakings are at most ``SHOWN``, the likeliest first. ``asks``: its act, as written or suggested,
    expresses undertakings, be they promised or asked for.
    """

    statement: Fields
    act: str
    topics: Sequence[str]
    mentions: Mapping[str, str]
    undertakings: Sequence[str]
    asks: bool


@dataclass(frozen=True)
class Means:
    """What suggestions follow from: the table of verbs, names, and what is mapped already."""

    verbs: Verbs
    namer: Namer
    precedents: Precedents


@dataclass(frozen=True)
class _Words:
    """The words of a statement, weighed together with those of its sentence, and the things that they name."""

    text: str
    vector: Vector
    stems: frozenset[str]
    named: Mapping[str, str]


def read_means(drafts: Sequence[Draft], draft: Draft, workspace: Workspace) -> Means:
    """Return what suggestions for ``draft`` follow from: ``drafts``, which it is among, and the schemes."""
    schemes = workspace.ontology / "schemes"
    verbs, precedents = read_verbs(schemes / "speech-act.ttl"), read_precedents(drafts, schemes / "topic.ttl")
    return Means(verbs, make_namer(drafts, draft), precedents)


def find_source(draft: Draft, texts: Path | None) -> Source | None:
    """Return the text of ``draft`` in ``texts``, which is a folder or the text itself; ``None`` without ``texts``.

    Raises ``TextError`` if it is not there.
    """
    if texts is None:
        return None
    sources = read_sources(texts) if texts.is_dir() else {source.sha256: source for source in (read_source(texts),)}
    digest = get_text(draft.entries[0], "sourceDigest")
    if digest not in sources:
        hint = "give the text that it is mapped from; after a correction, run g7kg curate refresh first"
        raise TextError(f"this is not the text of {draft.name}", location=texts, hint=hint)
    return sources[digest]


def suggest(draft: Draft, source: Source | None, means: Means) -> Iterator[Suggestion]:
    """Yield what the statements of ``draft`` may say; its text is ``source``, without which cue words stand for words.

    What is written in a statement counts for those after it, and for the others that are suggested for itself. Parts
    that the text does not have are left out. Raises ``TextError`` if the draft is of no known kind of document.
    """
    units = read_wording(draft, source).units if source else {}
    acts: dict[str, str] = {}
    for part in draft.entries:
        before = ""
        unit = units.get(get_text(part, "id"))
        for statement in list_fields(part, "statements") if unit or not source else ():
            words = _read_words(statement, unit, means)
            above = acts.get(get_text(statement, "partOf"), "")
            item = above and words.text[:1].islower()
            act = above if item else suggest_act(words.text, means.verbs, above or before)
            acts[get_text(statement, "id")] = spoken = (*_list_written(statement, "speechAct"), act)[0]
            yield _suggest_one(statement, act, words, means, asks=spoken in means.verbs.binding)
            before = before if above else spoken


def _read_words(statement: Fields, unit: Unit | None, means: Means) -> _Words:
    span = next(iter(list_fields(statement, "span")), None)
    if span and unit:
        start, end = read_number(span, "start"), read_number(span, "end")
        text = unit.text[start:end]
        around = " ".join(unit.text[a:b] for a, b in split_sentences(unit.text) if a < end and start < b)
    else:
        cues = [get_text(span, key) for key in ("firstWords", "lastWords")] if span else []
        text = " … ".join(cue for cue in cues if cue and not UNWRITTEN.search(cue))
        around = " ".join([text, *_list_written(statement, "gist")])
    bag = count_words(text) + count_words(text) + count_words(around)
    return _Words(text, means.precedents.scale.weigh(bag), frozenset(count_words(text)), means.namer.find(text))


def _suggest_one(statement: Fields, act: str, words: _Words, means: Means, *, asks: bool) -> Suggestion:
    likeness = [compare(words.vector, one.gist) for one in means.precedents.statements]
    topics = _rank_topics(words, means.precedents, likeness)
    known = frozenset(_list_written(statement, "topic")) or frozenset(topics[:2])
    undertakings = _rank_undertakings(words, known, means.precedents, likeness)
    stated = {scalar.text for _, scalar in walk_scalars(statement)}
    mentions = {thing: name for thing, name in words.named.items() if thing not in stated}
    return Suggestion(statement, act, topics, mentions, undertakings, asks)


def _rank_topics(words: _Words, precedents: Precedents, likeness: Sequence[float]) -> list[str]:
    """Return the likeliest topics: those of statements like this one, or with its things, and those that it names."""
    scores: defaultdict[str, float] = defaultdict(float)
    for like, place in nlargest(_NEAREST, zip(likeness, range(len(likeness)), strict=True)):
        for topic in precedents.statements[place].topics:
            scores[topic] += like
    for topic, (*names, _) in precedents.topics.items():
        named = any(frozenset(count_words(name)) <= words.stems for name in names)
        scores[topic] += 0.5 * named + 2 * compare(words.vector, precedents.subjects[topic])
    sharing = [one.topics for one in precedents.statements if one.things & words.named.keys()]
    for topic, count in Counter(topic for topics in sharing for topic in topics).items():
        scores[topic] += 0.3 * count / len(sharing)
    return _choose(scores, 0.4 * max(scores.values(), default=0))


def _rank_undertakings(
    words: _Words, topics: frozenset[str], precedents: Precedents, likeness: Sequence[float]
) -> list[str]:
    labels = {id_: 0.3 * compare(words.vector, label) for id_, label in precedents.undertakings.items()}
    scores = dict(labels)
    for like, one in zip(likeness, precedents.statements, strict=True):
        if one.undertakings:
            things = len(one.things & words.named.keys()) / (1 + len(one.things | words.named.keys()))
            score = like + 0.3 * things + 0.1 * bool(one.topics & topics)
            for id_ in one.undertakings & labels.keys():
                scores[id_] = max(scores[id_], score + labels[id_])
    return _choose(scores, _LEAST)


def _choose(scores: Mapping[str, float], least: float) -> list[str]:
    """Return the best of ``scores`` that are above ``least``, the best first, like ones in the order of their names."""
    likely = (name for name, score in scores.items() if score > least)
    return sorted(likely, key=lambda name: (-scores[name], name))[:SHOWN]


def _list_written(statement: Fields, key: str) -> list[str]:
    return [text for text in list_texts(statement, key) if not UNWRITTEN.search(text)]
