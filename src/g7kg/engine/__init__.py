"""Query evaluation: a query, a deadline and limits to bytes, in worker processes."""

from g7kg.engine.answers import read_answer, read_lines
from g7kg.engine.limits import Limits
from g7kg.engine.pool import Answer, ClientEngine, Engine, Pool, PoolSettings
from g7kg.engine.remote import Service
from g7kg.engine.request import EngineRequest

__all__ = [
    "Answer",
    "ClientEngine",
    "Engine",
    "EngineRequest",
    "Limits",
    "Pool",
    "PoolSettings",
    "Service",
    "read_answer",
    "read_lines",
]
