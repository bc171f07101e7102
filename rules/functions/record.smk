"""What the rules of record.smk are made from: the record of the run. No rules."""


def run_record():
    """The merged configuration and the provenance of this run."""
    return provenance.record(config, {study: sources(study) for study in STUDIES}, PROJECT)
