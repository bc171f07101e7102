"""What code, configuration and pages cite is there: anchors of pages, files of the repository, references, keys of the
configuration."""

import ast
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from vadose.files import references

PAGES = ("methods", "models", "formats", "glossary", "structure")
TEXT = {".py", ".smk", ".yaml", ".md", ".rst", ".toml", ".sh", ".R", ".html", ".js", ""}
ELSEWHERE = re.compile(r"\b(METHODS|BAYES|FORMATS|NOTES|DESIGN|LAYOUT|EXAMPLE)(\.md|'s|,? (?:[A-D]\d|last section))")
FOLDERS = "config docs envs profiles rules tests workflow_scripts"
NAMED = re.compile(rf"(?<![\w/.<}}-])((?:{'|'.join(FOLDERS.split())})/[\w./-]*\w)(?![\w*<{{])")
# Names that stand for a file of the user's, or that a command makes
EXAMPLES = re.compile(r"my_?\w+|depth_profile|_build|_generated|NAME|config/checksums/")


def tracked(root: Path) -> list[Path]:
    """Text files of the repository, without recorded ones."""
    # .ci/run makes my_run.yaml as the pages say, and removes it, while tests run.
    command = ["git", "ls-files", "-co", "--exclude-standard", "-x", "/my_run.yaml"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    paths = [root / name for name in listed.stdout.splitlines()]
    return [path for path in paths if path.suffix in TEXT and path.is_file() and path.name != "requirements.lock"]


@pytest.fixture(scope="module")
def texts(root) -> dict[str, str]:
    """Content of every text file but this one, by its name in the repository."""
    own = Path(__file__).resolve()
    return {
        str(path.relative_to(root)): path.read_text(encoding="utf-8")
        for path in tracked(root)
        if path.resolve() != own and path.name != "CHANGELOG.md"
    }


def anchors(page: str) -> set[str]:
    """What a link to a page may name: explicit anchors, and headings up to their colon."""
    explicit = set(re.findall(r'<a id="([\w-]+)"></a>', page))
    headings = re.findall(r"^#{1,4} (.+)$", re.sub(r"^```.*?^```$", "", page, flags=re.M | re.S), flags=re.M)
    slugs = {re.sub(r"[^\w -]", "", title.partition(":")[0].lower()).strip().replace(" ", "-") for title in headings}
    return explicit | slugs


def cited(text: str) -> set[tuple[str, str]]:
    """(page, anchor) of every citation such as docs/methods.md#a3, also of those that follow it: "#a3, #b7"."""
    found = set()
    for match in re.finditer(
        r"docs/(\w+)\.md((?:#[\w-]+)(?:(?:,| to| and)\s+#[\w-]+)*)?", re.sub(r"\n\s*(?:# +)?", " ", text)
    ):
        found |= {(match[1], anchor) for anchor in re.findall(r"#([\w-]+)", match[2] or "")} or {(match[1], "")}
    return found


def test_the_reader_of_citations_reads_them():
    assert cited("see docs/methods.md#a3, #b7 and docs/x.md; docs/models.md#model-a,\n    #crossed") == {
        ("methods", "a3"), ("methods", "b7"), ("x", ""), ("models", "model-a"), ("models", "crossed")
    }  # fmt: skip
    assert anchors('<a id="b4"></a>\n\n## B4: controls\n```text\n# no heading\n```\n### What runs again, and why') == {
        "b4", "what-runs-again-and-why"
    }  # fmt: skip


def test_every_citation_leads_to_an_anchor(root, texts):
    there = {path.stem: anchors(path.read_text(encoding="utf-8")) for path in (root / "docs").glob("*.md")}
    wrong = [
        f"{name}: docs/{page}.md#{anchor}"
        for name, text in texts.items()
        for page, anchor in sorted(cited(text))
        if page not in there or (anchor and anchor not in there[page])
    ]
    assert not wrong, "\n".join(wrong)
    assert sum(pair != ("methods", "") and pair[0] in PAGES for text in texts.values() for pair in cited(text)) > 60


def test_explicit_anchors_are_those_of_their_headings(root):
    for page in PAGES:
        text = (root / f"docs/{page}.md").read_text(encoding="utf-8")
        for anchor, title in re.findall(r'<a id="([\w-]+)"></a>\n\n#+ (.+)', text):
            assert anchor in anchors(f"# {title}\n"), f"docs/{page}.md: {anchor} stands above {title}"


def test_links_between_pages_lead_somewhere(root):
    pages = {path.stem: path.read_text(encoding="utf-8") for path in (root / "docs").glob("*.md")}
    for page, text in pages.items():
        for target, anchor in re.findall(r"\]\((\w*)(?:\.md)?(?:#([\w-]+))?\)", text):
            goal = target or page
            assert goal in pages, f"docs/{page}.md links to {target}.md"
            assert not anchor or anchor in anchors(pages[goal]), f"docs/{page}.md links to {goal}.md#{anchor}"


def test_nothing_cites_a_document_that_is_not_here(texts):
    wrong = [f"{name}: {match[0]}" for name, text in texts.items() for match in ELSEWHERE.finditer(text)]
    assert not wrong, "\n".join(wrong)


def test_only_genuine_product_files_lie_outside(texts):
    """Everything else that tests compare with stands in tests/data."""
    wrong = [
        f"{name}: {line.strip()}"
        for name, text in texts.items()
        for line in text.splitlines()
        if re.search(r"\.\./shared|shared\b[\"' ]*/", line) and "real" not in line
    ]
    assert not wrong, "\n".join(wrong)


def prose(name: str, text: str) -> str:
    """What is said rather than done: pages and configuration whole, docstrings and comments of Python."""
    if not name.endswith((".py", ".smk")):
        return re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    comments = re.findall(r"#.*$", text, flags=re.M)
    if name.endswith(".smk"):
        return "\n".join(comments)
    kinds = (ast.Module, ast.FunctionDef, ast.ClassDef)
    docstrings = [ast.get_docstring(node) or "" for node in ast.walk(ast.parse(text)) if isinstance(node, kinds)]
    return "\n".join(comments + docstrings)


def test_every_file_named_in_words_is_there(root, texts):
    wrong = []
    for name, text in texts.items():
        for path in NAMED.findall(prose(name, text)):
            place = path.rstrip(".")
            if EXAMPLES.search(place) or (root / place).exists():
                continue
            if not list(root.glob(f"{place}.*")):  # named without its ending
                wrong.append(f"{name}: {place}")
    assert not wrong, "\n".join(wrong)


def test_every_reference_is_known(root, texts):
    known = references.parse((root / "config/references.bib").read_text(encoding="utf-8"))
    used = set(re.findall(r"\[([a-z]+\d{4})\]", texts["workflow_scripts/vadose/pages/templates/methods.yaml"]))
    used |= set(re.findall(r"^\| `(\w+)` \|", texts["docs/methods.md"].partition("## References")[2], flags=re.M))
    catalogue = yaml.safe_load((root / "config/datasets.yaml").read_text(encoding="utf-8"))
    used |= {entry["citation"] for entry in catalogue.values() if "citation" in entry}
    assert used and used <= set(known), sorted(used - set(known))
    assert {"xue2025"} <= used


def dois(text: str) -> set[str]:
    """DOIs of a text, in lower case, without what closes the sentence around them."""
    return {found.rstrip(".,;:)").lower() for found in re.findall(r"\b10\.\d{4,9}/[^\s\"'`|\]}]+", text)}


def test_every_doi_of_the_pages_is_that_of_a_reference_or_a_data_set(root, texts):
    sources = (root / "config/references.bib").read_text(encoding="utf-8")
    sources += (root / "config/datasets.yaml").read_text(encoding="utf-8")
    known = {doi.rstrip(".,;:)") for doi in dois(sources)} | dois(sources)
    for page in ("docs/methods.md", "docs/models.md", "docs/formats.md", "docs/data.md", "README.md"):
        text = texts[page].replace("%3C", "<").replace("%3E", ">")
        unknown = {doi for doi in dois(text) if doi not in known and doi.partition(")](")[0] not in known}
        assert not unknown, f"{page}: {sorted(unknown)}"


def keys_of(schema: dict, above: str = "") -> set[str]:
    """All keys of a configuration's schema, with dots."""
    found = set()
    for name, entry in schema.get("properties", {}).items():
        found |= {f"{above}{name}"} | keys_of(entry, f"{above}{name}.")
    return found


def test_pages_name_only_keys_that_exist(root):
    schema = yaml.safe_load((root / "config/schema.yaml").read_text(encoding="utf-8"))
    keys = keys_of(schema)
    groups = {key.partition(".")[0] for key in keys if "." in key}
    for page in (root / "docs").glob("*.md"):
        text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
        for code in re.findall(r"`([^`]+)`", text):
            key = re.sub(r"\s+", " ", code).partition(":")[0]
            if re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", key) and key.partition(".")[0] in groups:
                assert key in keys, f"{page.name} names {key}, which the configuration does not have"


def defined(library: Path, name: str) -> bool:
    """Whether a dotted name of the library, as words cite it, is a module or something that its module defines."""
    parts = name.split(".")[1:]
    for end in range(len(parts), -1, -1):
        package = library.joinpath(*parts[:end])
        path = package / "__init__.py" if package.is_dir() else package.with_suffix(".py")
        if path.is_file():
            text, rest = path.read_text(encoding="utf-8"), parts[end:]
            return not rest or re.search(rf"\b{rest[0]}\b", text) is not None
    return False


def test_every_module_named_in_words_is_there(root, texts):
    library = root / "workflow_scripts/vadose"
    wrong = [
        f"{name}: {cited_name}"
        for name, text in texts.items()
        for cited_name in re.findall(r"\bvadose(?:\.[a-z]\w+)+", prose(name, text))
        if not EXAMPLES.search(cited_name) and not defined(library, cited_name)
    ]
    assert not wrong, "\n".join(wrong)
