"""What the tests of pages share."""

import os

import pytest

from g7kg.pages.query import read_editor


@pytest.fixture
def editor() -> dict[str, bytes]:
    """Return the files of the query editor; in continuous integration it has to be there."""
    if not read_editor() and os.environ.get("CI") != "true":
        pytest.skip("needs the query editor: make editor")
    return read_editor()
