"""What a page says to search engines, in schema.org's words (https://schema.org/docs/data-and-datasets.html)."""

from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from g7kg.dataset.dataset import Dataset
from g7kg.dataset.description import Description
from g7kg.dataset.served import Dump, find_release, list_dumps
from g7kg.pages.terms import read_table, read_term, read_terms
from g7kg.rdf.vocab import DATASET, LICENCE

AUTHORS: Final = {"@type": "Organization", "name": "The g7kg authors"}


def describe_resource(description: Description) -> dict[str, Any]:
    """Return what is said of the resource that is described."""
    kind = next((name for class_, name in read_terms("schema-classes").items() if class_ in description.types), "Thing")
    own: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": kind,
        "@id": description.iri.value,
        "name": description.title,
    }
    for name, properties in read_table("schema-values").items():
        terms = (term for property_ in properties for term in description.values(read_term(property_)))
        values = [term.value for term in terms if isinstance(term, NamedNode | Literal)]
        if values and (kind == "Event" or name not in {"startDate", "endDate"}):
            own[name] = values[0] if len(values) == 1 or name == "description" else values
    return {**own, "subjectOf": {"@type": "Dataset", "@id": DATASET.value, "license": LICENCE}}


def describe_dataset(dataset: Dataset, address: str) -> dict[str, Any]:
    """Return what is said of the dataset that a server at ``address`` (ending in a slash) has."""
    folder = f"{address}dataset/{dataset.manifest.digest}"
    release = find_release(dataset)
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": DATASET.value,
        "name": "g7kg: what the G7 digital ministers declared",
        "description": "Declarations of G7 digital and technology ministers as linked data: every paragraph, its "
        "statements with pointers to their words, and the promises that they make, followed across meetings.",
        "url": address,
        "identifier": [DATASET.value, f"{DATASET.value}/{dataset.manifest.digest}"],
        "license": LICENCE,
        "creator": AUTHORS,
        "publisher": AUTHORS,
        "keywords": ["G7", "digital policy", "declarations", "commitments", "linked data", "SPARQL"],
        "version": release.version if release else dataset.manifest.digest[:16],
        "datePublished": release.issued if release else dataset.manifest.modified,
        "dateModified": dataset.manifest.modified,
        "inLanguage": "en",
        "isAccessibleForFree": True,
        "distribution": [_describe_dump(dump, f"{folder}/{dump.name}") for dump in list_dumps(dataset)],
    }


def _describe_dump(dump: Dump, address: str) -> dict[str, str]:
    return {
        "@type": "DataDownload",
        "name": dump.title,
        "contentUrl": address,
        "encodingFormat": dump.media_type,
        "contentSize": str(dump.size),
        "sha256": dump.digest,
    }
