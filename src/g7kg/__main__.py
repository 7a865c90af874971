"""``python -m g7kg`` is ``g7kg``."""

from g7kg.cli import main

main(prog_name="g7kg")
