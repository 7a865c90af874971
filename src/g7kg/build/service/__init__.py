"""A snapshot published to a SPARQL service: graph by graph beside what it holds, then put in its place at once."""

from g7kg.build.service.publisher import publish_snapshot
from g7kg.build.service.target import Target, find_target

__all__ = ["Target", "find_target", "publish_snapshot"]
