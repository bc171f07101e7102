"""How `make docs` builds these pages: from the docstrings of the library, the tutorial run on the spot, and nothing
from the network."""

import functools
import gc
import os
import re
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow_scripts"))
os.environ.setdefault("NUMBA_CACHE_DIR", str(Path(__file__).resolve().parents[1] / ".numba_cache"))
os.environ["MPLBACKEND"] = "agg"

import api_pages
import product_pages
import tutorial_runner
from jinja2 import PackageLoader
from jinja2.sandbox import SandboxedEnvironment
from numpydoc import docscrape_sphinx
from sphinx.pycode import parser

import vadose
from vadose.files import products

gc.set_threshold(50_000, 20, 1_000_000)  # searching all pages for garbage, time and again, was a third of the build

HERE = Path(__file__).resolve().parent
LIBRARY, REFERENCE = HERE.parent / "workflow_scripts/vadose", "_generated/api"
GROUPS = {name: title for title, names in api_pages.groups(LIBRARY).items() for name in names}
LISTS = {}
project, author = "Vadose", "The Vadose developers"
version = release = vadose.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc"]
exclude_patterns = ["_build", "*_head.md"]
myst_heading_anchors = 3
myst_heading_slug_func = "anchors.before_colon"

autosummary_generate = True
autodoc_typehints = "none"  # types, shapes and units stand in the docstrings
autodoc_use_type_comments = False  # there are none, and each module would be parsed for them once more
autodoc_default_options = {"members": True, "member-order": "bysource"}
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
# Numpydoc compiles its template anew for each docstring, in a fifth of the time of all pages: here once for all.
TEMPLATES = SandboxedEnvironment(loader=PackageLoader("numpydoc"))
docscrape_sphinx.SandboxedEnvironment = lambda loader: TEMPLATES
# Where definitions end in their files matters to pages that show code; to find out takes an eighth of the time.
parser.Parser.parse_definition = lambda self: None

html_theme = "alabaster"
html_title = "Vadose"
html_theme_options = {
    "description": "From the archives to the paper",
    "fixed_sidebar": True,
    "page_width": "1100px",
    "font_family": "sans-serif",
    "globaltoc_maxdepth": 2,
}
html_sidebars = {"**": ["about.html", "globaltoc.html", "searchfield.html"]}
html_static_path, html_css_files = ["static"], ["pages.css"]  # dark where the reader is, wide tables on phones
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False


def plain(line):
    """A line of a docstring whose |x|, ** and trailing _ are meant as they stand, not as markup; what stands in
    backticks is left alone."""
    parts = re.split(r"(``?[^`]+``?)", line)
    for place in range(0, len(parts), 2):
        text = re.sub(r"\|", r"\\|", parts[place])
        text = re.sub(r"\*\*(?=\S)", r"\\*\\*", text)
        text = re.sub(r"(?<=[^\s*\\])\*(?=[^\s*])", r"\\*", text)
        text = re.sub(r"(?<=\w)_(?=\W|$)", r"\\_", text)
        before = place > 0 and re.match(r"[\w(\[{<=]", text)
        parts[place] = ("\\ " if before else "") + text
        if place + 1 < len(parts) and re.search(r"[\w)\]}=]$", text):
            parts[place] += "\\ "
    return "".join(parts)


def as_written(app, what, name, found, options, lines):
    """Docstrings speak plain text: nothing of theirs is markup but backticks and the sections of numpydoc."""
    lines[:] = [plain(line) for line in lines]


def setup(app):
    """Before the pages are read: pictures of the tutorial and the pages of the reference."""
    app.connect("autodoc-process-docstring", as_written, priority=1)  # before numpydoc
    made = HERE / "_generated"
    tutorial_runner.run(HERE / "tutorial.md", made / "tutorial")
    api_pages.write(LIBRARY, made / "api")
    specified = products.specifications()["products"]
    product_pages.write(specified, HERE.parent / "rules", made / "products.inc")
    app.connect("html-page-context", one_list_a_group)
    app.connect("build-finished", copy_gallery)


def one_list_a_group(app, page, template, context, doctree):
    """The list of pages beside a page of the reference is that of its group: to make it takes as long as to write the
    page."""
    group = GROUPS.get(page.removeprefix(f"{REFERENCE}/")) if page.startswith(f"{REFERENCE}/") else None
    if group is not None:
        of_page = context["toctree"]

        @functools.cache
        def of_group(**options):
            return of_page(**options)

        context["toctree"] = LISTS.setdefault(group, of_group)


def copy_gallery(app, failure):
    """Report, atlas, numbers and tables of the gallery, to which its page links."""
    shutil.copytree(
        HERE / "gallery", Path(app.outdir) / "gallery", ignore=shutil.ignore_patterns("*.md"), dirs_exist_ok=True
    )
