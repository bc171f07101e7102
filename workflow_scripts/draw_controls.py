"""Ternary maps of what controls soil moisture, monthly, seasonal and annual, with the bars of strong control; bars
alone where the controls are not three.

Input:  controls (cell, time_scale, layer), land mask. Output: one figure each, as PNG, PDF and SVG with data and
caption.
Reference: study B, figures 4, 5 and 6 (docs/methods.md#b4).
"""

from pathlib import Path

from vadose.figures import bundle, control_bars, journal, style, ternary
from vadose.figures.drawn import land_of, layers_of, on_grid, region_of
from vadose.files import products
from vadose.files.jobs import run

SCALES = {"monthly": ("monthly",), "seasonal": ("MAM", "JJA", "SON", "DJF"), "annual": ("annual",)}


def main(*, controls: Path, land_mask: Path, figures: list[Path], strong_share: float, look: dict) -> None:
    journal.use(look)
    fitted = products.read(controls, "controls")
    land, names = land_of(land_mask), [str(name) for name in fitted["control"].values]
    layers = layers_of(fitted)
    for (name, time_scales), path in zip(SCALES.items(), figures, strict=True):
        shares = [
            fitted["share"].sel(time_scale=time_scale).values[:, layer]
            for time_scale in time_scales
            for layer in range(len(layers))
        ]
        titles = [
            f"{style.CALENDAR_SEASONS[time_scale].capitalize()} ({time_scale}), {layer}"
            if len(time_scales) > 1
            else layer
            for time_scale in time_scales
            for layer in layers
        ]
        if len(names) == len(ternary.NAMES):
            corners = control_bars.corners(names)
            drawn = ternary.panels(
                shares, fitted, titles, columns=2, region=region_of(fitted), land=land, threshold=strong_share,
                names=corners, single=len(time_scales) == 1,
            ).figure  # fmt: skip
        else:
            drawn = control_bars.panels(shares, titles, names, columns=len(layers), threshold=strong_share)
        data = fitted[["share", "dominant", "strong", "reason"]].sel(time_scale=list(time_scales))
        caption = control_bars.caption(
            fitted.sel(time_scale=list(time_scales)), name, strong_share, single=len(time_scales) == 1
        )
        bundle.save(drawn, path.with_suffix(""), on_grid(data, fitted), caption, study="dependence")


if __name__ == "__main__":
    run(main, snakemake)
