"""The site: ``sphinx-build -W docs build/site``."""

project = "raman-xp"
author = "the founders of raman-xp"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "raman-xp"
html_show_copyright = False
exclude_patterns = ["mutants.md"]
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
