"""The figures of a run in the order in which every page has them: number, the published study's number, the layer of
the atlas that shows the same, and the claims and findings that each one shows (templates/figures.yaml)."""

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from vadose.files import yaml_files

TEMPLATES = Path(__file__).parent / "templates"
STUDIES = {"variability": "study A", "dependence": "Xue and Wu 2025"}  # how the published studies are named


class Numbered(NamedTuple):
    """A figure of a run: its picture, number, the words that follow the number, and the layer of the atlas or ""."""

    picture: Path
    number: int
    published: str
    layer: str

    @property
    def id(self) -> str:
        """Anchor of the figure in the report."""
        return f"{self.picture.parent.name}-{self.picture.stem}"

    @property
    def label(self) -> str:
        """Figure 3."""
        return f"Figure {self.number}"


@functools.cache
def listed(study: str) -> Mapping[str, dict]:
    """What templates/figures.yaml says of the figures of a study, by name of the file."""
    return yaml_files.read(TEMPLATES / "figures.yaml")[study]


def ordered(pictures: Iterable[Path], study: str) -> list[Path]:
    """The pictures of a study in their order: as listed, then by name."""
    drawn = {path.stem: path for path in pictures if path.parent.name == study}
    first = [name for name in listed(study) if name in drawn]
    return [drawn[name] for name in [*first, *sorted(set(drawn) - set(first))]]


def last_period(own: Mapping) -> str:
    """The last period of a study's configuration, 2000-2024; "" for a study without periods."""
    return "-".join(map(str, own["periods"][-1])) if "periods" in own else ""


def numbered(pictures: Sequence[Path], configuration: Mapping, atlas: Path) -> list[Numbered]:
    """The figures of a run, counted through its studies.

    Parameters
    ----------
    pictures : sequence of Path
        PNG files in folders named after their study.
    configuration : mapping
        The merged configuration, with its studies in their order.
    atlas : Path
        The atlas of the run, in which layers are looked up; where it is missing, figures have none.
    """
    text = atlas.read_text(encoding="utf-8") if atlas.is_file() else ""
    layers, items = re.findall(r'"id": ?"([^"]+)"', text), []
    for study in configuration["studies"]:
        words, period = listed(study), last_period(configuration[study])
        for picture in ordered(pictures, study):
            own = words.get(picture.stem, {})
            begins = [begin.format(period=period) for begin in own.get("layer", ())]
            layer = next((name for begin in begins for name in layers if name.startswith(begin)), "")
            published = f" (Figure {own['published']} of {STUDIES[study]})" if "published" in own else ""
            items.append(Numbered(picture, len(items) + 1, published, layer))
    return items


def of_claim(items: Sequence[Numbered], study: str, how: str) -> str:
    """Label of the figure that shows a claim, from how it is computed; "" where none does."""
    chosen = _first(study, lambda own: any(all(word in how for word in words) for words in own.get("claims", ())))
    return _label(items, study, chosen)


def of_finding(items: Sequence[Numbered], finding: str) -> str:
    """Label of the figure that shows a finding, from its words; "" where none does."""
    for study in STUDIES:
        chosen = _first(study, lambda own: finding.startswith(tuple(own.get("findings", ()))))
        if chosen:
            return _label(items, study, chosen)
    return ""


def _first(study: str, says) -> str:
    return next((name for name, own in listed(study).items() if says(own)), "")


def _label(items: Sequence[Numbered], study: str, name: str) -> str:
    return next((one.label for one in items if one.id == f"{study}-{name}"), "")
