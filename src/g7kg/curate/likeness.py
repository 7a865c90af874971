"""How like one text is to others: cosines of words, rare ones weighing more (TF-IDF)."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

Vector = Mapping[str, float]
"""A text as the weights of its words; of length one, or empty."""

_COMMON: Final = frozenset(
    re.findall(
        r"\w+",
        "a also an and are as at be by for from in is it its leaders ministers of on or our such that the their these"
        " this to we which will with",
    )
)
_SHORT: Final = 4
"""Words of so many letters have no endings."""


@dataclass(frozen=True)
class Scale:
    """In how many of ``size`` texts each word is."""

    counts: Mapping[str, int]
    size: int

    def weigh(self, words: Mapping[str, int]) -> Vector:
        """Return the vector of a text with ``words``, each as often as told."""
        weights = {
            word: (1 + math.log(n)) * math.log(1 + self.size / (1 + self.counts.get(word, 0)))
            for word, n in words.items()
        }
        length = math.sqrt(sum(weight * weight for weight in weights.values()))
        return {word: weight / length for word, weight in weights.items()}


def make_scale(texts: Iterable[str]) -> Scale:
    """Return the scale of ``texts``."""
    bags = [count_words(text) for text in texts]
    return Scale(Counter(word for bag in bags for word in bag), len(bags))


def count_words(text: str) -> Counter[str]:
    """Return the stems of the words in ``text`` that tell texts apart, and how often each is there."""
    words = re.findall(r"[^\W_]{2,}", text.lower().replace("z", "s"))
    return Counter(
        re.sub(r"(ing|ed|ies|es|s|y|e)$", "", word) if len(word) > _SHORT else word
        for word in words
        if word not in _COMMON
    )


def compare(one: Vector, other: Vector) -> float:
    """Return how like two texts are: 0 without a word in common, 1 with the same words."""
    return sum(weight * other[word] for word, weight in one.items() if word in other)
