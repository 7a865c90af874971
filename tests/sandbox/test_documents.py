"""Several documents are checked together: blank nodes stay apart, and the same files give the same bytes."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from pyoxigraph import BlankNode
from tests.helpers.checking import check_files
from tests.helpers.project import ENGINES, ROOT

from g7kg.sandbox.documents import Documents
from g7kg.sandbox.exchange import Source

PREFIXES: Final = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix e: <http://e/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""
TOWN: Final = "e:S sh:targetClass e:C ; sh:property [ sh:path ( e:at e:town ) ; sh:minCount 1 ] ."


def write(folder: Path, **texts: str) -> list[Path]:
    """Write Turtle files into ``folder``; ``_`` in a name stands for the dot before the extension, if not ttl."""
    paths = []
    for name, text in texts.items():
        path = folder / (name.replace("_", ".") if "_" in name else f"{name}.ttl")
        path.write_text(PREFIXES + text if path.suffix in {".ttl", ".trig"} else text, "utf-8")
        paths.append(path)
    return paths


def list_findings(data: Sequence[Path], shapes: Sequence[Path], engine: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(check_files(data, shapes, engine))["findings"]
    return found


@pytest.mark.parametrize("engine", ENGINES)
def test_a_label_in_two_files_is_two_nodes(tmp_path: Path, engine: str) -> None:
    one, two, shapes = write(
        tmp_path,
        one="e:a a e:C ; e:at _:x . _:x e:street 1 .",
        two="e:b a e:C ; e:at _:x . _:x e:town 1 .",
        shapes=TOWN,
    )
    for files in ([one], [one, two], [two, one]):
        found = list_findings(files, [shapes], engine)
        assert [finding["focusNode"]["value"] for finding in found] == ["http://e/a"]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_label_in_two_shapes_files_is_two_shapes(tmp_path: Path, engine: str) -> None:
    data, one, two = write(
        tmp_path,
        data="e:a a e:C .",
        one="e:S sh:targetClass e:C ; sh:property _:p . _:p sh:path e:p ; sh:minCount 1 .",
        two="e:T sh:targetClass e:C ; sh:property _:p . _:p sh:path e:q ; sh:minCount 1 .",
    )
    assert sorted(found["path"] for found in list_findings([data], [one, two], engine)) == [
        "<http://e/p>",
        "<http://e/q>",
    ]


def test_labels_are_kept_where_they_are_free_and_places_follow_them() -> None:
    texts = (b"_:x <x:p> [] .", b"\n_:x <x:p> _:x-2 , [] , [] .")
    sources = [Source(name, "ttl", text) for name, text in zip("ab", texts, strict=True)]
    documents = Documents({})
    quads = documents.read(sources)
    nodes = [(quad.subject, quad.object) for quad in quads]
    labels = [
        (subject.value, object_.value)
        for subject, object_ in nodes
        if isinstance(subject, BlankNode) and isinstance(object_, BlankNode)
    ]
    assert labels == [("x", "b1"), ("x-3", "x-2"), ("x-3", "b2"), ("x-3", "b3")]
    places = documents.locate(sources)
    found = {name: (place.path, place.line) for name, place in places.items()}
    assert found == {"_:x": ("a", 1), "x:p": ("a", 1), "_:x-2": ("b", 2), "_:x-3": ("b", 2)}


RENDER = """
import sys
from collections.abc import Sequence
from pathlib import Path
from tests.helpers.checking import check_files
for form in ("json", "ttl", "text", "sarif", "junit"):
    print(check_files([Path(sys.argv[1])], [Path(sys.argv[2])], "pyshacl", form))
"""


def test_two_runs_give_the_same_bytes(tmp_path: Path) -> None:
    properties = " , ".join(f"[ sh:path e:p{number} ; sh:minCount 1 ]" for number in range(9))
    data, shapes = write(
        tmp_path,
        data="[] a e:C . [] a e:C . e:a e:q [ a e:C ] .",
        shapes=f"[] sh:targetClass e:C ; sh:property {properties} .",
    )
    runs = []
    for seed in "12":  # of the order in which Python goes through sets
        command = [sys.executable, "-c", RENDER, str(data), str(shapes)]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        runs.append(subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True).stdout)
    assert runs[0] == runs[1]
    assert runs[0].count(b"http://e/p8") >= 3
