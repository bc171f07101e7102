"""Figures: style, maps, plots, and the figures of each study."""
