"""Convergence of all driver models: the largest R-hat and the smallest effective sample size of each.

Input:  estimates of the driver models (1). Output: one figure a time scale, as PNG, PDF and SVG with data and caption.
Reference: study B, figures S3 and S4 (docs/methods.md#b5).
"""

from pathlib import Path

import numpy as np

from vadose.figures import bundle, journal, planes, style
from vadose.files import products
from vadose.files.jobs import run
from vadose.studies import regions

CAPTION = (
    "Convergence of the driver models, {name}. {failed} of {sampled} sampled models failed; {planned} were planned, "
    "the others have too few cells or rows without variation (table driver models). (a) Largest R-hat and (b) smallest "
    "bulk or tail effective sample size over all parameters of each model, by region and soil layer; shaded: where "
    "a model fails."
)


def main(*, estimates: Path, figures: list[Path], time_scales: list[str], rhat: float, ess: float, look: dict) -> None:
    journal.use(look)
    estimated = products.read(estimates, "driver_estimates")
    layers = [
        style.layer_name(float(t), float(b))
        for t, b in zip(estimated["layer_top"], estimated["layer_bottom"], strict=True)
    ]
    codes = [int(code) for code in estimated["ecoregion"].values]
    colours = style.layer_colours(len(layers))
    for time_scale, path in zip(time_scales, figures, strict=True):
        here = estimated.sel(time_scale=time_scale)
        least = np.fmin(here["smallest_ess_bulk"], here["smallest_ess_tail"]).values
        figure = style.figure("double", 110.0)
        for number, (values, limit, label, high) in enumerate(
            (
                (here["largest_rhat"].values, rhat, "Largest R-hat", True),
                (least, ess, "Smallest effective sample size", False),
            )
        ):
            axes = figure.add_axes((0.075, 0.60 - 0.48 * number, 0.915, 0.335))
            planes.diagnostics(
                axes, values, codes, groups=layers, colours=colours, threshold=limit, label=label, highest=high,
                names=regions.other_names(estimated),
            )  # fmt: skip
            style.title(axes, number, "", pad=9.0)
        sampled = int(np.isfinite(here["largest_rhat"].values).sum())
        failed = int((here["status"].values == 1).sum())
        text = CAPTION.format(name=time_scale, sampled=sampled, planned=here["status"].size, failed=failed)
        data = here[["status", "largest_rhat", "smallest_ess_bulk", "smallest_ess_tail", "divergences", "depth_hits"]]
        bundle.save(figure, path.with_suffix(""), data, text, study="dependence")


if __name__ == "__main__":
    run(main, snakemake)
