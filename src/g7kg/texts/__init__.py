"""Source documents: as received, normalised, cut into units and sentences.

Nothing of a text is kept by the project; this package lets a build verify the mappings' pointers against the words.
"""

from g7kg.texts.copies import list_runs
from g7kg.texts.cues import CUE_WORDS, Cues, choose_cues
from g7kg.texts.dates import read_date
from g7kg.texts.doubts import Account, Doubt, give_account
from g7kg.texts.entries import segment_catalogue
from g7kg.texts.facts import tell_part, tell_whole
from g7kg.texts.kinds import DOCUMENT_KINDS, DocumentKind
from g7kg.texts.markdown import read_front_matter
from g7kg.texts.normalisation import NORMALISATION, digest_text, normalise
from g7kg.texts.segmentation import segment
from g7kg.texts.sentences import split_sentences
from g7kg.texts.sources import Source, read_source, read_sources
from g7kg.texts.units import WORDED, Kind, Page, Unit, join_units

__all__ = [
    "CUE_WORDS",
    "DOCUMENT_KINDS",
    "NORMALISATION",
    "WORDED",
    "Account",
    "Cues",
    "DocumentKind",
    "Doubt",
    "Kind",
    "Page",
    "Source",
    "Unit",
    "choose_cues",
    "digest_text",
    "give_account",
    "join_units",
    "list_runs",
    "normalise",
    "read_date",
    "read_front_matter",
    "read_source",
    "read_sources",
    "segment",
    "segment_catalogue",
    "split_sentences",
    "tell_part",
    "tell_whole",
]
