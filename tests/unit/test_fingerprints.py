"""Fingerprints: an edit of one function touches exactly the scripts that reach it."""

import shutil

import pytest

from vadose.files import fingerprints

FILES = {
    "vadose/__init__.py": "",
    "vadose/trend.py": '''
import numpy as np
from vadose import ranks
LIMIT = 4
def slope(x):
    """Slope."""
    return ranks.order(x) + LIMIT
def alone(x):
    return x
class Result:
    def total(self):
        return slope(1)
''',
    "vadose/ranks.py": "def order(x):\n    return helper(x)\ndef helper(x):\n    return x\ndef unused(x):\n    return "
    "2 * x\n",
    "vadose/copula/__init__.py": "from vadose.copula.fitting import fit\n",
    "vadose/copula/fitting.py": "from . import shapes\ndef fit(u):\n    return shapes.clayton(u)\ndef other(u):\n    "
    "return u\n",
    "vadose/copula/shapes.py": "def clayton(u):\n    return u\ndef frank(u):\n    return -u\n",
    "vadose/files/specifications/one.yaml": "products:\n  trends: {title: T, variables: {}}\n  other: {title: O, "
    "variables: {}}\n",
    "vadose/writers/__init__.py": "",
    "vadose/writers/gldas.py": "def write(x):\n    return 'gldas', x\n",
    "vadose/writers/gleam.py": "def write(x):\n    return 'gleam', x\n",
    "vadose/archive.py": "def one(x):\n    from vadose.writers import gldas as writer\n    return writer.write(x)\n"
    "def two(x):\n    from vadose.writers import gleam as writer\n    return writer.write(x)\n",
    "vadose/page.py": "FOLDER = 'templates'\ndef render():\n    return open(f'{FOLDER}/page.html'), 'other'\n"
    "def title():\n    return 'page'\n",
    "vadose/templates/page.html": "<p>{% include 'foot.html' %}</p>",
    "vadose/templates/foot.html": "<p>foot</p>",
    "uses_archive.py": "from vadose import archive\ndef main():\n    return archive.one(1), archive.two(2)\n",
    "uses_chain.py": "from vadose import copula\ndef main():\n    return copula.shapes.frank(1)\n",
    "uses_import.py": "import vadose.writers.gleam\ndef main():\n    return vadose.writers.gleam.write(1)\n",
    "uses_page.py": "from vadose.page import render\ndef main():\n    return render()\n",
    "uses_slope.py": "from vadose import trend\nprint(trend.slope(1), 'trends')\n",
    "uses_alone.py": "from vadose import trend\ndef main():\n    return trend.alone(1)\n",
    "uses_class.py": "from vadose.trend import Result\nprint(Result())\n",
    "uses_copula.py": "def main():\n    from vadose import copula\n    copula.fit(1)\n",
}
SCRIPTS = [name for name in FILES if name.startswith("uses_")]


@pytest.fixture
def house(tmp_path, monkeypatch):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(fingerprints, "LIBRARY", tmp_path / "vadose")
    fingerprints.clear()
    yield tmp_path
    monkeypatch.undo()
    fingerprints.clear()


def prints(house):
    fingerprints.clear()
    return {name: fingerprints.fingerprint(house / name) for name in SCRIPTS}


@pytest.mark.parametrize(
    "file, old, new, touched",
    [
        ("vadose/ranks.py", "return x\n", "return x + 1\n", {"uses_slope.py", "uses_class.py"}),
        ("vadose/ranks.py", "2 * x", "3 * x", set()),
        ("vadose/trend.py", "LIMIT = 4", "LIMIT = 5", {"uses_slope.py", "uses_class.py"}),
        ("vadose/trend.py", "    return x\n", "    return -x\n", {"uses_alone.py"}),
        ("vadose/trend.py", "Slope.", "Another docstring.", set()),
        ("vadose/copula/shapes.py", "return u\n", "return u + 1\n", {"uses_copula.py"}),
        ("vadose/copula/shapes.py", "return -u", "return -2 * u", {"uses_chain.py"}),
        ("vadose/files/specifications/one.yaml", "title: T", "title: Trends", {"uses_slope.py"}),
        ("vadose/files/specifications/one.yaml", "title: O", "title: Others", {"uses_page.py"}),
        ("vadose/writers/gldas.py", "'gldas'", "'GLDAS'", {"uses_archive.py"}),
        ("vadose/writers/gleam.py", "'gleam'", "'GLEAM'", {"uses_archive.py", "uses_import.py"}),
        ("vadose/templates/page.html", "<p>", "<p> ", {"uses_page.py"}),
        ("vadose/templates/foot.html", "foot", "Foot", {"uses_page.py"}),
        ("vadose/page.py", "'page'", "'Page'", set()),
        ("uses_slope.py", "slope(1)", "slope(2)", {"uses_slope.py"}),
    ],
)
def test_an_edit_touches_exactly_the_scripts_that_reach_it(house, file, old, new, touched):
    before = prints(house)
    assert old in (house / file).read_text(encoding="utf-8")
    (house / file).write_text((house / file).read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    after = prints(house)
    assert {name for name in SCRIPTS if before[name] != after[name]} == touched


def test_a_product_named_by_the_rule_counts(house):
    before = fingerprints.fingerprint(house / "uses_alone.py", "other")
    path = house / "vadose/files/specifications/one.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("title: O", "title: Others"), encoding="utf-8")
    fingerprints.clear()
    assert fingerprints.fingerprint(house / "uses_alone.py", "other") != before


def test_a_module_named_at_run_time_is_taken_whole(house):
    before = fingerprints.fingerprint(house / "uses_alone.py", "vadose.ranks")
    (house / "vadose/ranks.py").write_text(FILES["vadose/ranks.py"].replace("2 * x", "3 * x"), encoding="utf-8")
    fingerprints.clear()
    assert fingerprints.fingerprint(house / "uses_alone.py", "vadose.ranks") != before
    shutil.rmtree(house / "vadose/copula")
    fingerprints.clear()
    assert fingerprints.fingerprint(house / "uses_alone.py")


def test_what_is_kept_of_texts_says_the_same_and_is_made_again_where_it_is_damaged(house, monkeypatch):
    def again():
        fingerprints._statements.cache_clear()  # as another process
        return prints(house)

    expected = again()
    monkeypatch.setattr(fingerprints, "KEPT", None)
    fingerprints.keep_in(house / "kept")
    assert again() == expected
    kept = {path: path.read_text(encoding="utf-8") for path in (house / "kept").rglob("*.json")}
    assert kept and again() == expected
    for damaged in ("", "[1]", '[{"text": "x"}]'):
        for path in kept:
            path.write_text(damaged, encoding="utf-8")
        assert again() == expected
        assert {path: path.read_text(encoding="utf-8") for path in kept} == kept
    for path in kept:
        path.write_text("[]", encoding="utf-8")
    assert again() != expected  # it is read
    monkeypatch.setattr(fingerprints, "KEPT", house / "uses_slope.py")  # not a folder
    assert again() == expected
