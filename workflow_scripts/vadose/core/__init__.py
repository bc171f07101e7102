"""The ground floor: units, calendar, grids, packed cells, time scales and compiled functions."""
