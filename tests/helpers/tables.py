"""Tables: of cases that stand beside the tests, in ``tests/cases``, and of what is downloaded."""

import csv
import io
import tomllib
from typing import Any

from tests.helpers.project import ROOT


def read_table(name: str) -> dict[str, Any]:
    """Return what stands in the file ``name``, without its extension."""
    return tomllib.loads((ROOT / f"tests/cases/{name}.toml").read_text("utf-8"))


def read_rows(text: str) -> list[dict[str, str]]:
    """Return the rows of a table in CSV, by its header."""
    return list(csv.DictReader(io.StringIO(text)))
