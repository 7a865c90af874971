"""The site of a snapshot as files: what the server's handlers answer, with links that need no server.

May know every other room but the client and the command line.
"""

from g7kg.site.writing import Written, write_site

__all__ = ["Written", "write_site"]
