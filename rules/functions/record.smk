"""What the rules of record.smk are made from: the record of the run. No rules."""


def run_record(wildcards):
    """The merged configuration and the provenance of this run; git is asked only for jobs that are looked at."""
    return provenance.record(config, {study: sources(study) for study in STUDIES}, PROJECT)
