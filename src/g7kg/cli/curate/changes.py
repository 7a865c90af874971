"""A change of a mapping: shown as a diff, and written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from g7kg.cli.terminal import say

if TYPE_CHECKING:
    from g7kg.curate.drafts import Draft


def show_change(draft: Draft, text: str, *, dry_run: bool) -> None:
    """Print what ``text`` changes in ``draft``, and write it into its file, unless it is a dry run."""
    from g7kg.curate.drafts import write_draft

    if text == draft.text:
        say("nothing has moved")
        return
    say(draft.compare(text))
    if not dry_run:
        write_draft(draft.path, text)
