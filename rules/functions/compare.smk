"""What the rules of compare.smk are made from: the runs that the configuration names or lists. No rules.

What a comparison reads with is imported only where there is one: it would take half a second of every start.
"""

import subprocess

import yaml

from vadose.files.atomic import replacing


def record_of_comparison(wildcards, output):
    """What the record of a comparison says."""
    from vadose.studies.comparison import runs as comparison_runs

    return comparison_runs.record(config, folders_compared(), PROJECT)


def folders_compared():
    """Folders of the runs to compare."""
    folders = [Path(folder) for folder in config["compare"]["runs"]]
    if len(folders) < 2:
        raise WorkflowError(
            f"compare.runs: expected two or more folders of finished runs, found {len(folders)}. Name them, as in "
            "config/scenarios/compare.yaml, or list compare.products."
        )
    if len({folder.name for folder in folders}) < len(folders):
        raise WorkflowError("compare.runs: expected folders of different names, by which pages name runs. Rename one.")
    return folders


def compared_studies(wildcards):
    """Pages of all studies that two or more of the runs have."""
    from vadose.studies.comparison import runs as comparison_runs

    try:
        studies = comparison_runs.studies_of(folders_compared())
    except ValueError as error:
        raise WorkflowError(str(error)) from None
    return [result(f"comparison/{study}.html") for study in studies]


def files_compared(wildcards):
    """Files of the runs that the comparison of a study reads."""
    from vadose.studies.comparison import runs as comparison_runs

    there = {folder: comparison_runs.files_of(folder) for folder in folders_compared()}
    masks = [str(folder / "prepared/land_mask.nc") for folder, files in there.items() if wildcards.study in files][:1]
    return masks + [str(path) for files in there.values() for path in files.get(wildcards.study, [])]


def compare_products(cores, log):
    """Run the study of each product of the list by this workflow, in a folder of its own, then the comparison; Snakemake does what
    is missing or has changed, so that a comparison that was interrupted goes on where it stopped."""
    from vadose.studies.comparison import product_runs

    with open(log, "w", encoding="utf-8", buffering=1) as kept:
        for other in product_runs.configurations(config):
            path = RESULTS / f"comparison/configurations/{other['run']}.yaml"
            with replacing(path) as temporary:
                temporary.write_text(yaml.safe_dump(other, sort_keys=False), encoding="utf-8")
            command = [
                sys.executable,
                "-m",
                "snakemake",
                "--snakefile",
                str(PROJECT / "Snakefile"),
                "--cores",
                str(cores),
            ]
            command += ["--configfile", str(path), "--", *product_runs.targets(other)]
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
                for line in process.stdout:
                    print(line, end="", file=sys.stderr)
                    kept.write(line)
            if process.returncode:
                raise WorkflowError(
                    f"compare.products: expected the run {other['run']} to finish, found that it failed: see {log}. "
                    "What is finished is kept; mend the cause and run again."
                )
