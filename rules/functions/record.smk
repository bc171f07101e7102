"""What the rules of record.smk are made from: the record of the run. No rules."""


def run_record(wildcards=None):
    """The merged configuration and the provenance of this run; git is asked only for jobs that are looked at."""
    return provenance.record(config, {study: sources(study) for study in STUDIES}, PROJECT)


def records_of_alternatives():
    """{alternative: its record}, of those that are there."""
    return {path.parent.name: path for path in RESULTS.glob(f"sensitivity/*/{provenance.RUN_FILE}")}


def date_records():
    """Let an edit of the script that writes the records make no job of them, which would hide all other edits."""
    for path in (Path(result(provenance.RUN_FILE)), *records_of_alternatives().values()):
        if path.is_file():
            provenance.date_after(path, PROJECT / "workflow_scripts/record_run.py")


def renew_records():
    """Let the records that are there say what this run is: after another revision, or with another configuration."""
    if Path(result(provenance.RUN_FILE)).is_file():
        provenance.renew_record(run_record(), Path(result(provenance.RUN_FILE)))
    kept = records_of_alternatives()
    for case in cases() if kept else ():
        if case.stage and case.alternative in kept:
            provenance.renew_record(record_of_case(case), kept[case.alternative])
