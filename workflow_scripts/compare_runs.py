"""Finished runs side by side: agreement in sign and significance, spread, statements that hold in k of n runs, and the
triple collocation of their soil moisture.

Input:  merged products and prepared soil moisture of the runs. Output: the product "comparison", a folder with tables
(CSV), the product "collocation" and a figure, a page and an atlas. Reference: docs/methods.md#d1.
"""

from pathlib import Path

from vadose.figures import bundle, journal
from vadose.figures.comparison import spread_maps
from vadose.figures.drawn import land_of
from vadose.files import products, provenance, tables, yaml_files
from vadose.files.atomic import replacing
from vadose.files.jobs import run
from vadose.pages import comparison
from vadose.pages.atlas import comparison as atlas_comparison
from vadose.pages.atlas import page
from vadose.studies.comparison import agreement, collocation, runs


def main(
    *, folders: list[Path], folder: Path, options: dict, compared: Path, html: Path, atlas: Path, look: dict, cores: int
) -> None:
    journal.use(look)
    study = compared.stem
    folders = [one for one in folders if study in runs.files_of(one)]
    names, layouts = [one.name for one in folders], [runs.layout(one, study) for one in folders]
    target, common = runs.coarsest([grid for grid, _ in layouts]), runs.common_layers([own for _, own in layouts])
    maps = [runs.headlines(one, study, target, common) for one in folders]
    joined = agreement.side_by_side(names, maps, target)
    products.write(joined, compared, "comparison")
    listed = dict(zip(comparison.TITLES, agreement.tables(joined, maps), strict=False))
    contents = [atlas_comparison.spread(joined, listed["agreement"]["unit"])]
    if runs.with_soil_moisture(folders, study):
        series = [runs.soil_moisture(one, study, target, common) for one in folders]
        values, times = runs.of_common_years(series)
        if times.size:
            collocated = collocation.collocate(values, times, target, common, names, **options, threads=cores)
            products.write(collocated, folder / "collocation.nc", "collocation")
            listed["collocation"] = collocation.table(collocated)
            contents.append(atlas_comparison.errors(collocated))
    for name, table in listed.items():
        tables.write(table, folder / f"{name}.csv", comparison.TITLES[name])
    record, mask = yaml_files.read(compared.parent / provenance.RUN_FILE), folders[0] / "prepared/land_mask.nc"
    drawn = spread_maps(joined, listed["agreement"]["unit"], land_of(mask))
    bundle.save(drawn.figure, folder / "spread", drawn.data, drawn.caption)
    text = comparison.render(record, folder, study, listed, len(folders), atlas.name)
    parts, files = folder / f"{atlas.stem}_tiles", {}  # of a large atlas, in the folder that goes with its comparison
    where = parts.relative_to(atlas.parent).as_posix()
    drawn_cells = page.render(record, contents, page.land_of(mask), beside=html.name, tiles=files, folder=where)
    if files:
        page.write_tiles(files, parts)
    for path, content in ((html, text), (atlas, drawn_cells)):
        with replacing(path) as temporary:
            temporary.write_text(content, encoding="utf-8")


if __name__ == "__main__":
    run(main, snakemake)
