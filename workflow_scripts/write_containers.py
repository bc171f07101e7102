"""Recipes of containers: the environment of requirements.lock with what it needs from the system.

Input:  envs/containers/*, requirements.lock. Output: Dockerfile, apptainer.def, each with the lock's SHA-256 as a
label. Run by `make configuration`; a test keeps them in step.
"""

import hashlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON = "3.13"  # the newest that the checks of the project run on
PACKAGES = "g++ make git fonts-dejavu-core"  # PyTensor compiles with g++; git tells the revision


def recipes(root: Path) -> dict[str, str]:
    """{file: text}."""
    values = {
        "{python}": PYTHON,
        "{packages}": PACKAGES,
        "{lock}": hashlib.sha256((root / "requirements.lock").read_bytes()).hexdigest(),
    }
    texts = {}
    for path in sorted((root / "envs/containers").iterdir()):
        texts[path.name] = path.read_text(encoding="utf-8")
        for mark, value in values.items():
            texts[path.name] = texts[path.name].replace(mark, value)
    return texts


if __name__ == "__main__":
    for name, text in recipes(ROOT).items():
        (ROOT / name).write_text(text, encoding="utf-8")
