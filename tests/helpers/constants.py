"""``g7kg serve`` with other constants, for tests that could not wait for those that a server has.

``python -m tests.helpers.constants '{"pool": {"in_memory": 0}, "connections": {"per_client": 8}}' serve --port 0``
"""

import importlib
import json
import sys
from dataclasses import replace
from typing import Any

from g7kg.cli import main


def serve_with(constants: dict[str, dict[str, Any]]) -> None:
    """Let the verb set the fields in ``constants`` of the settings of these names."""
    verb: Any = importlib.import_module("g7kg.cli.serve")
    to_settings = verb.to_settings

    def change(options: dict[str, Any], host: str) -> Any:  # noqa: ANN401 - as what it stands for
        settings = to_settings(options, host)
        return replace(settings, **{n: replace(getattr(settings, n), **fields) for n, fields in constants.items()})

    verb.to_settings = change


if __name__ == "__main__":
    serve_with(json.loads(sys.argv.pop(1)))
    main()
