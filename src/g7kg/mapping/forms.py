"""The forms of mapping entries: which keys an entry of a type may have, and what its identifier looks like.

A key stands in the form with a sign for how often it is given: none for exactly once, ``?`` for at most once, ``+`` for
at least once, ``*`` for any number. What a key means stands in the JSON-LD context, and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_PART = r"(h\d+|p\d+(/b\d+)?|a\w+(/[pbh]\d+)?|intro|e\d+)"
_SLUG = r"[a-z0-9]+(-[a-z0-9]+)*"


@dataclass(frozen=True)
class Form:
    """The form of one type of entry. ``pattern`` matches its identifier below ``https://w3id.org/g7kg/id/``.

    ``keys`` gives for each key the bounds of how often it may be given (``None``: any number).
    """

    name: str
    pattern: re.Pattern[str]
    keys: Mapping[str, tuple[int, int | None]] = field(hash=False)


_BOUNDS: dict[str, tuple[int, int | None]] = {"": (1, 1), "?": (0, 1), "+": (1, None), "*": (0, None)}


def _form(name: str, pattern: str, keys: str) -> Form:
    bounds = {key.rstrip("?+*"): _BOUNDS[key[len(key.rstrip("?+*")) :]] for key in keys.split()}
    return Form(name, re.compile(pattern), MappingProxyType(bounds))


_TEXT_KEYS = "order digest length sentenceEnd+ partOf statements*"
_SHARED_KEYS = "label altLabel* partOf*"
_DATE_KEYS = "heldUnder? location* participations*"

FORMS: Mapping[str, Form] = MappingProxyType(
    {
        form.name: form
        for form in (
            _form("Declaration", _SLUG, "title language sourceDigest normalisation publication+ speaker"),
            _form("Catalogue", _SLUG, "title language modified sourceDigest normalisation publication+ speaker"),
            _form("CatalogueEntry", rf"{_SLUG}/e\d+", f"title describes+ {_TEXT_KEYS}"),
            _form("Section", rf"{_SLUG}/h\d+", "title order partOf"),
            _form("Annex", rf"{_SLUG}/a\w+", "title number order partOf"),
            _form("Paragraph", rf"{_SLUG}/(p\d+|a\w+/p\d+|intro)", f"number? {_TEXT_KEYS}"),
            _form("Bullet", rf"{_SLUG}/(p\d+|a\w+)/b\d+", _TEXT_KEYS),
            _form(
                "Statement",
                rf"{_SLUG}/{_PART}/s\d+",
                "speechAct strength? reason? gist span topic+ about* mentions* hedge* speaker? addressee* recipient?"
                " proposedBy* debtor* supportedBy* outcome* due? dueStated? elaboratedIn* refersTo* expresses* recalls*"
                " buildsOn* partOf? count? counted? links* followUps* shortForms*",
            ),
            _form("Span", rf"{_SLUG}/{_PART}/s\d+/span", "prefix? firstWords lastWords? start end"),
            _form("Link", rf"{_SLUG}/{_PART}/s\d+/l\d+", "from relation to confidence reason? evidence*"),
            _form("FollowUp", rf"{_SLUG}/{_PART}/s\d+/f\d+", "followUpOf status confidence reason? evidence*"),
            _form("ShortForm", rf"{_SLUG}/{_PART}/s\d+/n\d+", "form standsFor"),
            _form("Person", rf"person/{_SLUG}", "label altLabel*"),
            _form("Country", rf"country/{_SLUG}", "label altLabel*"),
            _form("Place", rf"place/{_SLUG}", "label altLabel* inCountry?"),
            _form("Organisation", rf"organisation/{_SLUG}", _SHARED_KEYS),
            _form("Initiative", rf"initiative/{_SLUG}", f"{_SHARED_KEYS} dateStated? earliest? latest?"),
            _form("Deliverable", rf"deliverable/{_SLUG}", _SHARED_KEYS),
            _form("Instrument", rf"instrument/{_SLUG}", f"{_SHARED_KEYS} dateStated? earliest? latest?"),
            _form("Presidency", rf"presidency/{_SLUG}", "label altLabel* presidingCountry forum year"),
            _form(
                "Meeting",
                rf"meeting/{_SLUG}(/{_SLUG})?",
                f"{_SHARED_KEYS} {_DATE_KEYS} dateStated? earliest? latest? adopted*",
            ),
            _form("Event", rf"event/{_SLUG}", f"{_SHARED_KEYS} {_DATE_KEYS} dateStated earliest latest?"),
            _form(
                "Participation",
                rf"(meeting|event)/{_SLUG}/{_SLUG}",
                "participant role nameAsStated? titleAsStated? evidence+",
            ),
            _form("Commitment", rf"undertaking/{_SLUG}", "label altLabel*"),
            _form("Request", rf"undertaking/{_SLUG}", "label altLabel*"),
            _form("Announcement", rf"undertaking/{_SLUG}", "label altLabel*"),
        )
    }
)
"""All forms by the name of their type."""

NESTED: Mapping[str, str] = MappingProxyType(
    {
        "statements": "Statement",
        "span": "Span",
        "links": "Link",
        "followUps": "FollowUp",
        "shortForms": "ShortForm",
        "participations": "Participation",
    }
)
"""Keys whose values are entries of their own, and the type of these; there ``type`` is left out."""

TOP_LEVEL: frozenset[str] = frozenset(FORMS) - frozenset(NESTED.values())
"""Types that an entry of ``@graph`` may have."""
