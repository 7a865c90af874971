"""A server for assistants on the session's snapshot."""

from collections.abc import Iterator
from functools import partial

import pytest
from tests.helpers import assistants
from tests.helpers.assistants import Ask, run_assistants
from tests.helpers.server import Server

from g7kg.build.snapshot import Snapshot


@pytest.fixture(scope="session")
def http(snapshot: Snapshot) -> Iterator[Server]:
    with run_assistants(snapshot.folder) as server:
        yield server


@pytest.fixture
def ask(http: Server) -> Ask:
    """Call a tool over HTTP; return its value."""
    return partial(assistants.ask, http)
