"""Study B: the Bayesian driver models of the ecoregions, their rows, statistics and tables."""
