"""Driver planes: posterior effects on precipitation and soil moisture, one point per ecoregion, with clusters and
regression lines; bars where there are more terms than rows on a page.

Input:  estimates of the driver models, clusters (1). Output: one figure a time scale, as PNG, PDF and SVG with data and
caption. Reference: study B, figures 7 and 8 (docs/methods.md#b5).
"""

from pathlib import Path

import numpy as np

from vadose.figures import bundle, driver_bars, journal, planes, style
from vadose.figures.dependence import captions
from vadose.files import products
from vadose.files.jobs import run
from vadose.studies import regions


def main(*, estimates: Path, clusters: Path, figures: list[Path], time_scales: list[str], look: dict) -> None:
    journal.use(look)
    estimated = products.read(estimates, "driver_estimates")
    clustered = products.read(clusters, "driver_clusters")
    layers = [
        style.layer_name(float(top), float(bottom))
        for top, bottom in zip(clustered["layer_top"], clustered["layer_bottom"], strict=True)
    ]
    terms = [str(term) for term in clustered["term"].values]
    codes = [int(code) for code in clustered["ecoregion"].values]
    used = estimated.where(estimated["status"] == 0)  # converged
    for time_scale, path in zip(time_scales, figures, strict=True):
        here = used.sel(time_scale=time_scale)
        cluster = clustered.sel(time_scale=time_scale)
        mean, low, high = (
            here[name].transpose("term", "layer", "ecoregion", "response").values for name in ("mean", "q5", "q95")
        )
        lines = np.stack([cluster[name].transpose("term", "layer").values for name in ("slope", "intercept")], axis=-1)
        label = cluster["cluster"].transpose("term", "layer", "ecoregion").values.astype(int)
        if len(terms) <= planes.MOST_TERMS:
            drawn = planes.planes(
                mean, codes, terms=terms, layers=layers, low=low, high=high, clusters=label, lines=lines,
                names=regions.other_names(estimated), shape="hull",
            )  # fmt: skip
            caption = captions.planes(time_scale, mean, codes, regions.other_names(estimated), terms)
        else:
            drawn, caption = driver_bars.panels(mean, terms, layers), driver_bars.CAPTION.format(name=time_scale)
        data = {
            "estimates": here[["mean", "q5", "q95"]],
            "clusters": cluster[["cluster", "agreement", "slope", "intercept", "quadrant", "robust"]],
        }
        bundle.save(drawn, path.with_suffix(""), data, caption, study="dependence")


if __name__ == "__main__":
    run(main, snakemake)
