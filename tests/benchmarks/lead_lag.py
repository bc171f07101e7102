"""Who leads: how often the test speaks in worlds of AR(1) series that share an annual cycle, one line per world.

Soil moisture follows the same month's precipitation (0.6) or does not; precipitation follows the last month's soil
moisture by the feedback. Rates in per cent at the 5 % level, and by a false discovery rate of 10 % over the cells.
Run: python tests/benchmarks/lead_lag.py [cells]
"""

import itertools
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))

import test_feedback

from vadose.statistics import feedback, significance

CELLS = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
MEMORIES = list(itertools.product((0.0, 0.4, 0.8), repeat=2))
WORLDS = [(memory, forcing, 0.0) for memory in MEMORIES for forcing in (0.0, 0.6)]
WORLDS += [((0.4, memory), 0.6, size) for memory in (0.4, 0.8) for size in (0.05, 0.1, 0.2)]

print("| memory of precipitation | of soil moisture | forcing | feedback | soil moisture leads | field | the other |")
for memory, forcing, size in WORLDS:
    sides = test_feedback.world(CELLS, memory=memory, forcing=forcing, feedback=size)
    forward, backward = feedback.lead_test(*sides[::-1]).p, feedback.lead_test(*sides).p
    field = significance.field_significance(forward, 0.1)[1]
    rates = [np.mean(forward < 0.05), np.mean(field), np.mean(backward < 0.05)]
    told = " | ".join(f"{100 * rate:.1f}" for rate in rates)
    print(f"| {memory[0]} | {memory[1]} | {forcing} | {size} | {told} |", flush=True)
