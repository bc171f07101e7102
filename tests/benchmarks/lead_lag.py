"""Who leads: how often the test finds a feedback in worlds of AR(1) series that share an annual cycle, one line each.

Soil moisture follows the same month's precipitation by 0.6; precipitation, with lag-1 0.4, follows the last month's
soil moisture by the feedback. Rates in per cent at the 5 % level, and by a false discovery rate of 10 % over the cells.
Where nothing leads: dependence_levels.py.
Run: python tests/benchmarks/lead_lag.py [cells]
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))

import test_feedback

from vadose.statistics import feedback, significance

CELLS = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
WORLDS = [(memory, size) for memory in (0.4, 0.8) for size in (0.05, 0.1, 0.2)] + [(0.4, 0.3)]

print("| memory of soil moisture | feedback | soil moisture leads | field | the other |")
for memory, size in WORLDS:
    sides = test_feedback.world(CELLS, memory=(0.4, memory), forcing=0.6, feedback=size)
    forward, backward = feedback.lead_test(*sides[::-1]).p, feedback.lead_test(*sides).p
    field = significance.field_significance(forward, 0.1)[1]
    rates = [np.mean(forward < 0.05), np.mean(field), np.mean(backward < 0.05)]
    told = " | ".join(f"{100 * rate:.1f}" for rate in rates)
    print(f"| {memory} | {size} | {told} |", flush=True)
