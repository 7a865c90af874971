"""What a mapping says of the form of a document, as it follows from the words: of each part, and of the whole."""

from collections.abc import Iterable

from g7kg.texts.normalisation import digest_text
from g7kg.texts.sentences import split_sentences
from g7kg.texts.units import WORDED, Unit

Facts = dict[str, str | int | tuple[int, ...]]


def tell_part(unit: Unit, order: int) -> Facts:
    """Return what the entry of ``unit``, which is the part number ``order``, says of it, by key; its number aside."""
    facts: Facts = {"order": order}
    if unit.kind in WORDED:
        ends = tuple(end for _, end in split_sentences(unit.text))
        facts |= {"digest": digest_text(unit.text), "length": len(unit.text), "sentenceEnd": ends}
    if unit.kind not in WORDED or unit.kind == "entry":
        facts["title"] = unit.marker if unit.kind == "entry" else unit.text
    return facts


def tell_whole(units: Iterable[Unit]) -> Facts:
    """Return what the entry of the document with ``units`` says of its size, by key."""
    worded = [unit for unit in units if unit.kind in WORDED]
    return {"partCount": len(worded), "sentenceCount": sum(len(split_sentences(unit.text)) for unit in worded)}
