"""What the rules of paper.smk are made from: which layout a manuscript has. No rules."""


def layout_of_manuscript():
    """The layout of the workflow, or the user's own."""
    own = config["manuscript"]["layout"]
    return own or str(PROJECT / "workflow_scripts/vadose/pages/templates/manuscript/layout.typ")
