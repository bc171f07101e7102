"""What the rules of grids.smk are made from: results as maps. No rules."""


def mapped_products():
    """Merged products on the land cells, as paths without ending; resampled numbers and those by ecoregion are no maps."""
    paths = [Path(path).relative_to(RESULTS).with_suffix("") for path in products_of_run()]
    paths += [Path("variability/splice")] * ("variability" in STUDIES)
    return [str(path) for path in paths if path.parent.name != "drivers" and not path.name.endswith("resamples")]
