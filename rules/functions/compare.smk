"""What the rules of compare.smk are made from: the finished runs that the configuration names. No rules."""

from vadose.studies.comparison import runs as comparison_runs


def folders_compared():
    """Folders of the runs to compare."""
    folders = [Path(folder) for folder in config["compare"]["runs"]]
    if len(folders) < 2:
        raise WorkflowError(
            f"compare.runs: expected two or more folders of finished runs, found {len(folders)}. Name them, as in "
            "config/scenarios/compare.yaml."
        )
    if len({folder.name for folder in folders}) < len(folders):
        raise WorkflowError("compare.runs: expected folders of different names, by which pages name runs. Rename one.")
    return folders


def compared_studies(wildcards):
    """Pages of all studies that two or more of the runs have."""
    try:
        studies = comparison_runs.studies_of(folders_compared())
    except ValueError as error:
        raise WorkflowError(str(error)) from None
    return [result(f"comparison/{study}.html") for study in studies]


def files_compared(wildcards):
    """Files of the runs that the comparison of a study reads."""
    there = {folder: comparison_runs.files_of(folder) for folder in folders_compared()}
    masks = [str(folder / "prepared/land_mask.nc") for folder, files in there.items() if wildcards.study in files][:1]
    return masks + [str(path) for files in there.values() for path in files.get(wildcards.study, [])]
