"""Text is UTF-8, whatever the locale of the account: no text file is opened without saying so."""

import ast
import os
import re
import subprocess
import sys

import pytest

READING = {"read_text": 0, "write_text": 1}  # positional arguments before the encoding


def without_encoding(tree):
    """Calls of read_text and write_text, which ruff's PLW1514 sees only where it knows the type of the path."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READING:
            named = {keyword.arg for keyword in node.keywords}
            if "encoding" not in named and len(node.args) <= READING[node.func.attr]:
                yield node


@pytest.mark.one_python
def test_every_text_file_is_opened_with_an_encoding(root):
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=root, capture_output=True, text=True, check=True).stdout
    for name in listed.splitlines():
        path = root / name
        if path.is_file():
            lines = [node.lineno for node in without_encoding(ast.parse(path.read_text(encoding="utf-8")))]
            assert not lines, f"{name}: text without an encoding in lines {lines}"
    for path in [root / "Snakefile", *(root / "rules").rglob("*.smk")]:
        for call in re.findall(r"(?:read|write)_text\(.*", path.read_text(encoding="utf-8")):
            assert "encoding=" in call, f"{path}: {call}"


OLD_LOCALE = """
import locale, sys, tempfile
from pathlib import Path
import yaml
locale.setlocale(locale.LC_ALL, "")
assert "8859" in locale.getpreferredencoding(False), locale.getpreferredencoding(False)
from vadose.files import configuration, inventory, provenance
folder = Path(tempfile.mkdtemp())
provenance.write_record({"provenance": {"run": "Łódź → x"}}, folder / "run_config.yaml")
assert yaml.safe_load((folder / "run_config.yaml").read_bytes())["provenance"]["run"] == "Łódź → x"
listed = folder / "Bücher.nc"
listed.touch()
inventory.write([listed], folder / "list.txt")
assert inventory.read(folder / "list.txt") == [listed]
configuration.load_schema(Path(sys.argv[1]) / "config/schema.yaml")
"""


def test_records_and_lists_keep_their_letters_under_a_locale_of_an_old_account(root, tmp_path):
    made = subprocess.run(
        ["localedef", "-i", "de_DE", "-f", "ISO-8859-1", str(tmp_path / "de_DE")], capture_output=True
    )
    if not (tmp_path / "de_DE").exists():
        pytest.skip(f"no locale can be made here ({made.stderr[:80]!r})")
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("LC_")}
    surroundings |= {"LOCPATH": str(tmp_path), "LC_ALL": "de_DE", "PYTHONPATH": str(root / "workflow_scripts")}
    surroundings |= {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    script = tmp_path / "check.py"
    script.write_text(OLD_LOCALE, encoding="utf-8")
    done = subprocess.run([sys.executable, str(script), str(root)], env=surroundings, capture_output=True)
    assert done.returncode == 0, done.stderr[-2000:]


def test_yaml_is_read_in_one_way(root):
    """The library and its scripts read YAML by `yaml_files`, by the compiled parser where there is one."""
    calls = re.compile(r"yaml\.(safe_|full_)?load\(")
    own = [path for path in (root / "workflow_scripts").rglob("*.py") if path.name != "yaml_files.py"]
    assert [path.name for path in own if calls.search(path.read_text(encoding="utf-8"))] == []
