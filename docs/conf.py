# ruff: noqa: INP001 - Sphinx reads this file, nothing imports it
"""How Sphinx builds the documentation: plain theme, nothing from elsewhere; ``make docs`` treats warnings as errors."""

from g7kg import __version__

project = "g7kg"
author = "The g7kg authors"
project_copyright = "The g7kg authors"
version = release = __version__

extensions = ["myst_parser"]
exclude_patterns = ["example"]
myst_heading_anchors = 3

html_theme = "alabaster"
html_theme_options = {
    "description": "What the G7's digital ministers declare, as linked data",
    "page_width": "68rem",
    "sidebar_width": "15rem",
    "fixed_sidebar": False,
}
html_copy_source = False
