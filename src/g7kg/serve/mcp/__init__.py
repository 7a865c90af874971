"""The graph for assistants: resources and tools over the Model Context Protocol (https://modelcontextprotocol.io).

Only ``server`` and ``tools`` load the SDK, which comes with the extra ``g7kg[mcp]``.
"""
