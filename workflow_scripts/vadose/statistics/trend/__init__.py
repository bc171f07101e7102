"""Trends of yearly series: Sen's slope, Mann-Kendall and its corrections, and the share of variance of a trend."""
