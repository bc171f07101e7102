"""Mechanism behind dependence: who leads, what is left given evaporation and temperature, what memory explains."""
