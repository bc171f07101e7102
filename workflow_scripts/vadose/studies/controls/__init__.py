"""Study B: the ridge controls of soil moisture and their tables."""
