"""A snapshot fetched from another g7kg server or from a static host, verified, and published here.

``origin`` speaks HTTP, ``offer`` finds out what a source has, ``fetching`` brings its files, ``pull`` does all of it.
"""

from g7kg.pulling.fetching import Limits
from g7kg.pulling.origin import Origin, open_origin
from g7kg.pulling.pull import Pulled, Puller

__all__ = ["Limits", "Origin", "Pulled", "Puller", "open_origin"]
