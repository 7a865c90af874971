"""g7kg: a knowledge graph of G7 digital ministers' declarations, made by hand, checked by machine, served."""

__version__ = "0.1.0"
