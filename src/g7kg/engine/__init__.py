"""Query evaluation: a query, a deadline and a limit of memory to bytes, in worker processes."""

from g7kg.engine.pool import Answer, Pool, PoolSettings
from g7kg.engine.request import EngineRequest

__all__ = ["Answer", "EngineRequest", "Pool", "PoolSettings"]
