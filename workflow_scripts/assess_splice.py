"""The step at the splice of two product versions, and the share of the trend in windows of equal length against its
share without any trend.

Input:  soil moisture of the moisture seasons, kg m-2; reasons why cells take part or not.
Output: step (kg m-2), its p, q and mask; share of the trend (1), adjusted r2 (1), share expected without trend (1) and
p, per window of years. Reference: Prais and Winsten 1954; Wilks 2016; docs/methods.md#d0.
"""

from pathlib import Path

import numpy as np

from vadose.files import products
from vadose.files.jobs import run
from vadose.statistics import quality, significance
from vadose.statistics.trend import share_null
from vadose.statistics.trend.share import trend_share

MODELS = {"level": False, "level and trend": True}


def main(
    *,
    seasonal: Path,
    attribution: Path,
    splice: Path,
    periods: list[tuple[int, int]],
    splice_year: int | None,
    alpha_fdr: float,
    simulations: int,
    seed: int,
) -> None:
    means = products.read(seasonal, "seasonal_soil_moisture")
    years = means["year"].values.astype(float)
    analysed = (products.read(attribution, "attribution")["reason"].values == quality.Reason.OK).all(axis=1)
    total = np.where(analysed[:, None], means["soil_moisture"].values.sum(axis=3).mean(axis=2), np.nan)
    spans = share_null.windows(years, periods)
    null = {
        length: share_null.null_shares(length, simulations, seed)
        for length in {last - first + 1 for first, last in spans}
    }
    found = {
        name: np.full((total.shape[0], len(spans)), np.nan)
        for name in ("trend_share", "adjusted_r2", "null_share", "share_p")
    }
    for number, (first, last) in enumerate(spans):
        inside = (years >= first) & (years <= last)
        line = trend_share(total[:, inside], years[inside])
        against = share_null.against_null(
            line.share, share_null.memory(total[:, inside], years[inside]), null[last - first + 1]
        )
        for name, values in zip(found, (line.share, line.adjusted, against.expected, against.p), strict=True):
            found[name][:, number] = values
    labelled = products.cell_coordinates(means).assign_coords(window=[f"{first}-{last}" for first, last in spans])
    product = labelled.assign({name: (("cell", "window"), values) for name, values in found.items()})
    if splice_year is not None and years[0] < splice_year <= years[-1]:
        steps = [significance.step_test(total, years, splice_year, trend=trend) for trend in MODELS.values()]
        fields = [significance.field_significance(step.p, alpha_fdr) for step in steps]
        parts = {
            "step": [step.step for step in steps],
            "step_p": [step.p for step in steps],
            "step_q": [q for q, _ in fields],
        }
        parts["step_rejected"] = [rejected.astype(np.int8) for _, rejected in fields]
        product = product.assign_coords(model=list(MODELS)).assign(
            {k: (("cell", "model"), np.stack(v, axis=1)) for k, v in parts.items()}
        )
    products.write(product, splice, "splice")


if __name__ == "__main__":
    run(main, snakemake)
