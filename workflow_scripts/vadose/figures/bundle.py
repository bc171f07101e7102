"""A figure and all that belongs to it: PNG, PDF, SVG, the numbers behind it, what to cite, and its caption with where
it comes from.

Equal data give equal bytes: no clock time and no version of a program stand in the files. Each file is written under a
temporary name and renamed.
"""

import functools
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from vadose.figures import journal
from vadose.files import netcdf, provenance, references
from vadose.files.atomic import replacing

METADATA = {  # of each format, without clock time and version
    "png": {"Software": None},
    "pdf": {"Creator": "Vadose", "Producer": None, "CreationDate": None},
    "svg": {"Creator": "Vadose", "Date": None},
}


def save(
    figure: Figure,
    stem: Path,
    data: xr.Dataset | pd.DataFrame | Mapping[str, pd.DataFrame | xr.Dataset],
    caption: str,
    *,
    study: str | None = None,
) -> list[Path]:
    """Write `stem`.png, .pdf, .svg (the formats of `journal.LOOK`), .nc or .csv, .bib and .md.

    The BibTeX file names the workflow, the data sets and their publications. The caption is followed by run, hash of
    the configuration, revision, version, sources and licences, so that pictures and CSV files, which cannot hold them,
    are traced as the netCDF files are.

    Parameters
    ----------
    figure : Figure
        Drawn with the style of `vadose.figures.style`; its dots an inch are those of all pictures.
    stem : Path
        Path without ending; a dot in its last part stays part of the name.
    data : Dataset, DataFrame, or mapping of name to them
        The numbers behind the figure: a Dataset becomes netCDF, a DataFrame CSV. Of a mapping, each part is written to
        `stem_name`.
    caption : str
        Sentences; the first one is the title. Becomes the title of the netCDF file too.
    study : str, optional
        "variability" or "dependence": whose sources are named; without it those of both.

    Returns
    -------
    list of Path
        The files, pictures first.

    Raises
    ------
    ValueError
        If the caption is empty, or there are no data: a figure without its numbers is not published.
    TypeError
        If the data are neither of the kinds above.
    """
    stem = Path(stem)
    caption = " ".join(caption.split())
    if not caption:
        raise ValueError(f"{stem}: expected a caption, found none.")
    parts = (
        {f"_{name}": part for name, part in data.items()}
        if not isinstance(data, xr.Dataset | pd.DataFrame)
        else {"": data}
    )
    if not parts:
        raise ValueError(f"{stem}: expected the data behind the figure, found none.")
    pictures = {ending: _named(stem, f".{ending}") for ending in METADATA}
    for ending in pictures.keys() - set(
        journal.LOOK["formats"]
    ):  # of an earlier run, which would be taken for this figure
        pictures.pop(ending).unlink(missing_ok=True)
    written = [_picture(figure, path, METADATA[ending] | {"Title": stem.name}) for ending, path in pictures.items()]
    for suffix, part in parts.items():
        target = stem.with_name(stem.name + suffix)
        if isinstance(part, pd.DataFrame):
            written.append(_table(part, _named(target, ".csv")))
        elif isinstance(part, xr.Dataset):
            written.append(_netcdf(part, _named(target, ".nc"), caption, study))
        else:
            raise TypeError(f"{stem}: expected data as Dataset or DataFrame, found {type(part).__name__}.")
    origin_of_run = provenance.of(stem, study)
    names = ", ".join(f"`{item.name}`" for item in written[len(pictures) :])
    drawn = ", ".join(f"`{item.name}`" for item in pictures.values())
    written.append(_text(references.for_data(provenance.sources(stem, study), origin_of_run), _named(stem, ".bib")))
    origin = "".join(f"{key}: {value}\n" for key, value in origin_of_run.items())
    files = f"Data: {names}. To cite: `{stem.name}.bib`. Pictures: {drawn}."
    written.append(_text(f"{caption}\n\n{files}\n\n{origin}", _named(stem, ".md")))
    return written


def members(picture: Path) -> list[Path]:
    """All files that belong to a picture and lie beside it: as `save` wrote them, from what its caption names.

    Raises
    ------
    FileNotFoundError
        If one of them is missing.
    """
    beside = [_named(picture.with_suffix(""), ending) for ending in (".png", ".md")]
    caption = beside[-1].read_text(encoding="utf-8") if beside[-1].is_file() else ""
    line = next((part for part in caption.split("\n\n") if part.startswith("Data: ")), "")
    files = list(dict.fromkeys(beside + [picture.parent / name for name in re.findall(r"`([^`]+)`", line)]))
    missing = [path.name for path in files if not path.is_file()]
    if missing:
        raise FileNotFoundError(
            f"{picture}: expected its {', '.join(missing)} beside it, found none. Draw the figure again."
        )
    return files


def _named(stem: Path, ending: str) -> Path:
    return stem.with_name(stem.name + ending)


@functools.cache
def _letters_in_place() -> None:
    """Leave what joins and moves letters (ligatures, kerning) out of the fonts in PDF files, where each letter has its
    place: to take these tables apart was half of what a PDF took. matplotlib has no way to say so but a private name of
    fontTools; without it a PDF takes longer, no more."""
    from fontTools import subset

    dropped = getattr(subset.Options, "_drop_tables_default", None)
    if dropped is not None:
        subset.Options._drop_tables_default = [*dropped, "GDEF", "GPOS", "GSUB"]


def _picture(figure: Figure, path: Path, metadata: Mapping[str, str | None]) -> Path:
    if path.suffix == ".pdf":
        _letters_in_place()
    with replacing(path) as temporary:
        figure.savefig(temporary, format=path.suffix[1:], dpi=figure.dpi, metadata=metadata)
    return path


def _text(text: str, path: Path) -> Path:
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return path


def _table(table: pd.DataFrame, path: Path) -> Path:
    named = isinstance(table.index, pd.MultiIndex) or table.index.name is not None
    with replacing(path) as temporary:
        table.to_csv(temporary, index=named, lineterminator="\n", float_format="%.10g", encoding="utf-8")
    return path


def _netcdf(dataset: xr.Dataset, path: Path, caption: str, study: str | None) -> Path:
    labelled = dataset.copy(deep=False)
    title = caption.split(". ")[0].rstrip(".") + "."
    labelled.attrs = {
        "Conventions": "CF-1.11",
        "title": title,
        "caption": caption,
        **provenance.of(path, study),
        **dataset.attrs,
    }
    encoding = {}
    for name, variable in labelled.variables.items():
        labelled[name].encoding = {}
        if np.issubdtype(variable.dtype, np.floating):
            encoding[name] = {"_FillValue": np.nan} | (
                {"zlib": True, "complevel": 4, "shuffle": True} if variable.size > 1000 else {}
            )
    with replacing(path) as temporary:
        netcdf.write(labelled, temporary, encoding)
    return path
