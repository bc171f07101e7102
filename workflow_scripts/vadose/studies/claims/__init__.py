"""The published numbers and what a run has to say of each."""
