"""The atlas: one self-contained page with a map of every result of a run and, for every cell, what lies behind it.

packing       numbers as whole steps of a stated size, compressed
content       what a study shows: arrays, map layers, masks
variability, dependence   the content of either study
drivers       posterior of the driver models of a region
comparison    that of runs side by side
names         what cells are called: country, region, ecoregion, land cover
page          blocks of numbers inside the page or beside it, and the HTML
"""
