"""SHACL validation: a graph and shapes to a report value, and the renderings of a report."""

from g7kg.validation.report import Finding, Report, Severity
from g7kg.validation.shacl import validate_quads
from g7kg.validation.text import to_text

__all__ = ["Finding", "Report", "Severity", "to_text", "validate_quads"]
