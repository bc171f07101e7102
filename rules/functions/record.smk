"""What the rules of record.smk are made from: the record of the run. No rules."""


def run_record(wildcards=None):
    """The merged configuration and the provenance of this run; git is asked only for jobs that are looked at."""
    return provenance.record(config, {study: sources(study) for study in STUDIES}, PROJECT)


def renew_records():
    """Let the records that are there say what this run is: after another revision, or with another configuration."""
    if Path(result(provenance.RUN_FILE)).is_file():
        provenance.renew_record(run_record(), Path(result(provenance.RUN_FILE)))
    kept = {path.parent.name: path for path in RESULTS.glob(f"sensitivity/*/{provenance.RUN_FILE}")}
    for case in cases() if kept else ():
        if case.stage and case.alternative in kept:
            provenance.renew_record(record_of_case(case), kept[case.alternative])
