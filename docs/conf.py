"""How the documentation becomes a site: `make docs`.

Each warning fails it: a broken link, a page without a place in the navigation.
"""

project = "Leadline"
author = "the Leadline project"
copyright = "the Leadline project, Apache-2.0"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
root_doc = "index"
exclude_patterns = ["conf.py"]

# Headings are addressed as GitHub addresses them, so that a link works in both places.
myst_heading_anchors = 4
myst_enable_extensions = ["html_image"]

html_theme = "furo"
html_title = "Leadline"
html_copy_source = False
html_show_sourcelink = False
html_use_index = False
html_theme_options = {"top_of_page_buttons": []}
# Code blocks without a language are what they are: commands, answers, files.
highlight_language = "text"
