"""Numbers of a run that a manuscript cites, and the check of a manuscript against them."""
