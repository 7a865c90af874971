"""The tables for those who train with them, in Croissant (https://docs.mlcommons.org/croissant/docs/croissant-spec.html)."""

from typing import Any, Final

from g7kg.dataset.dataset import Dataset
from g7kg.dataset.served import TABLES, list_dumps
from g7kg.pages.structured import describe_dataset
from g7kg.rdf.vocab import PREFIXES
from g7kg.texts.files import read_json

_CONFORMS: Final = "http://mlcommons.org/croissant/1.0"
_TERMS: Final = ("citeAs", "column", "extract", "field", "fileObject", "key", "md5", "recordSet", "source")
_CONTEXT: Final[dict[str, Any]] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": PREFIXES["dcterms"],
    "conformsTo": "dct:conformsTo",
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "equivalentProperty": "cr:equivalentProperty",
    **{term: f"cr:{term}" for term in _TERMS},
}

_TYPES: Final = {"anyURI": "sc:URL", "boolean": "sc:Boolean", "date": "sc:Date", "integer": "sc:Integer"}
"""What the datatypes of the dictionary are called there; any other is text, and so are several values in a cell."""


def describe_tables(dataset: Dataset, address: str) -> dict[str, Any]:
    """Return the description of the dataset that a server at ``address`` (ending in a slash) has, with its tables.

    Each row of a table is a record; what the columns mean is read from the dictionary of the tables, which has to be
    among the dumps.
    """
    plain = describe_dataset(dataset, address)
    dumps = {dump.name: dump for dump in list_dumps(dataset)}
    tables = read_json(dataset.folder / TABLES)["tables"]
    return {
        **plain,
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": _CONFORMS,
        "citeAs": f"{plain['name']}. Version {plain['version']}, {plain['dateModified']}. {plain['@id']}",
        "distribution": [
            {**file, "@type": "cr:FileObject", "@id": name, "name": name, "description": dumps[name].title}
            for name, file in zip(dumps, plain["distribution"], strict=True)
        ],
        "recordSet": [_describe_table(table) for table in tables if table["url"] in dumps],
    }


def _describe_table(table: dict[str, Any]) -> dict[str, Any]:
    name, schema = table["url"].removeprefix("g7kg-").removesuffix(".csv"), table["tableSchema"]
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": table["dc:description"] or table["dc:title"],
        "key": {"@id": f"{name}/{schema['primaryKey']}"},
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{name}/{column['name']}",
                "name": f"{name}/{column['name']}",
                "description": column["dc:description"],
                "dataType": "sc:Text" if "separator" in column else _TYPES.get(column["datatype"], "sc:Text"),
                "source": {"fileObject": {"@id": table["url"]}, "extract": {"column": column["name"]}},
                **({"equivalentProperty": column["propertyUrl"]} if "propertyUrl" in column else {}),
            }
            for column in schema["columns"]
        ],
    }
