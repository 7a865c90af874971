"""Source documents: as received, normalised, cut into units and sentences.

Nothing of a text is kept by the project; this package lets a build verify the mappings' pointers against the words.
"""

from g7kg.texts.normalisation import digest_text, normalise
from g7kg.texts.segmentation import Kind, Unit, segment
from g7kg.texts.sentences import split_sentences
from g7kg.texts.sources import Source, read_sources

__all__ = ["Kind", "Source", "Unit", "digest_text", "normalise", "read_sources", "segment", "split_sentences"]
