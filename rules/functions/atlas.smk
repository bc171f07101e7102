"""What the rules of atlas.smk are made from: the atlas: one page to look at every result of a run, cell by cell. No rules."""


def of_study(study, paths):
    """Inputs that exist only where the run has the study."""
    return paths if study in STUDIES else []
