"""How Sphinx makes the pages: `python -m sphinx -W --keep-going docs site`, where a warning is an error."""

import os
import sys
from pathlib import Path

# A signature names the weights that lie on the machine: the pages are to be the same on all, as with none.
os.environ["VIDCHATBENCH_WEIGHTS"] = str(Path(__file__).parent / "no-such-folder")
os.environ.pop("VIDCHATBENCH_WHISPER", None)
os.environ.pop("VIDCHATBENCH_LANGUAGE", None)
sys.path.insert(0, str(Path(__file__).parent))

from vidchatbench import __version__

project = "VidChatBench"
version = release = __version__
project_copyright = "the VidChatBench contributors, Apache-2.0"
language = "en"

extensions = ["myst_parser", "metric_pages", "root_pages"]
source_suffix = {".md": "markdown"}
myst_heading_anchors = 4
smartquotes = False  # `--option` stays `--option`
nitpicky = True

html_theme = "furo"
html_title = f"VidChatBench {__version__}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_use_index = False
html_theme_options = {"navigation_with_keys": True}
pygments_style, pygments_dark_style = "default", "github-dark"
