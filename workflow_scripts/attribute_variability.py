"""Contributions of trend and interannual variability, by season and layer, to the variance of total soil moisture.

Input:  monthly soil moisture (kg m-2).
Output: contributions (1; the 32 sum to 1), omega (1), variance (kg2 m-4), the two largest terms, reason codes, per
period. Reference: study A, equations 1-10 (docs/methods.md#a3).
"""

from pathlib import Path

from vadose.core import calendar
from vadose.core.cells import Tile
from vadose.files import products
from vadose.files.jobs import run
from vadose.statistics import seasons
from vadose.statistics.attribution import DYNAMICS
from vadose.statistics.trend_forms import Form
from vadose.studies.variability import results


def main(
    *,
    soil_moisture: list[Path],
    attribution: Path,
    tile: Tile,
    periods: list[tuple[int, int]],
    rank_on: str,
    basis: str,
    min_months: int,
    min_year_share: float,
    top_by: str,
    form: dict | None = None,
) -> None:
    monthly = products.read(soil_moisture, "soil_moisture", tile=tile)
    values, years = calendar.by_year(monthly["soil_moisture"].values, monthly["time"].values)
    attributed = results.attributions(
        values,
        years,
        periods,
        rank_on=rank_on,
        basis=basis,
        min_months=min_months,
        min_year_share=min_year_share,
        top_by=top_by,
        form=Form(**(form or {})),
    )
    layers = {name: monthly[name] for name in ("layer", "layer_top", "layer_bottom")}
    labelled = attributed.assign_coords(products.cell_coordinates(monthly).coords).assign_coords(layers)
    terms = {"season": list(seasons.SEASONS), "dynamics": list(DYNAMICS)}
    products.write(labelled.assign_coords(terms), attribution, "attribution")


if __name__ == "__main__":
    run(main, snakemake)
