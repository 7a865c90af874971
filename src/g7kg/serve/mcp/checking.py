"""Checks of what an assistant sends."""

from __future__ import annotations

from typing import Final

from g7kg.errors import TooLarge
from g7kg.sandbox.exchange import CheckOutcome, CheckRequest, Source
from g7kg.serve.checks import Checks

MOST_BYTES: Final = 1 << 20
"""The longest document that is checked."""


class DocumentChecks:
    """Checks of one document each, which may take ``memory`` bytes and ``seconds``."""

    def __init__(self, memory: int, seconds: float) -> None:
        self.memory = memory
        self.checks = Checks(seconds)

    async def run(self, text: str, form: str, client: str) -> CheckOutcome:
        """Return the outcome for ``text`` of ``client``, RDF in the format ``form``, under our shapes, as plain JSON.

        Raises ``TooLarge`` for more than ``MOST_BYTES``, and what ``Checks.run`` raises.
        """
        data = text.encode(errors="surrogatepass")
        if len(data) > MOST_BYTES:
            hint = f"send at most {MOST_BYTES:,} at once, or run g7kg validate on files"
            raise TooLarge(f"the document has {len(data):,} bytes", hint=hint)
        request = CheckRequest((Source("rdf", form, data),), (), "json", self.memory)
        return await self.checks.run(request, client)
