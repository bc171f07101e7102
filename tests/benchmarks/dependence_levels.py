"""How often each test of study B speaks where there is nothing to be found: the table that its report prints.

Gaussian AR(1) series of 20 years, independent unless a row says otherwise; p up to 0.05 singly, and by a false
discovery rate of 10 % over the worlds as cells. The standard error of a rate of 5 % among 2000 worlds is 0.5 points.
Run: python tests/benchmarks/dependence_levels.py [worlds [names of functions]]; it writes
workflow_scripts/vadose/pages/report/levels_of_tests.yaml, of which the rows of other functions stay. What the tests
find where there is something: lead_lag.py, goodness_levels.py.
"""

import itertools
import sys
from pathlib import Path

import numpy as np
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))

import test_feedback

from vadose.statistics import copula, dependence_change, feedback, lags, memory, partial, significance
from vadose.statistics.copula import vine
from vadose.statistics.copula.pyvine import simulate
from vadose.statistics.trend.share_null import ar1
from vadose.studies.mechanism import panel

TABLE = Path(__file__).resolve().parents[2] / "workflow_scripts/vadose/pages/report/levels_of_tests.yaml"
COLUMNS = ["test", "series", "lag-1 of precipitation", "lag-1 of soil moisture", "level wanted", "rejected",
           "in the field", "worlds"]  # fmt: skip
MONTHS, YEARS = 240, 20
MONTH = np.arange(MONTHS)
OF_PRECIPITATION, OF_SOIL_MOISTURE = (0.0, 0.3, 0.6), (0.0, 0.3, 0.6, 0.9)
MONTHLY = tuple(itertools.product(OF_PRECIPITATION, OF_SOIL_MOISTURE))
ANNUAL = tuple(itertools.product(OF_PRECIPITATION, OF_PRECIPITATION))
FEW = ((0.0, 0.0), (0.3, 0.3), (0.3, 0.6), (0.6, 0.6), (0.3, 0.9), (0.6, 0.9))
FAMILIES = {2: "student", 3: "clayton", 4: "gumbel", 5: "frank"}
LATER = (0, 1, 3)  # months by which the season of soil moisture follows that of precipitation


def sides(worlds, steps, memories, correlation=0.0):
    """Precipitation and soil moisture, (world, step); noise of both has the correlation."""
    noise = np.random.default_rng([steps, round(100 * memories[0]), round(100 * memories[1])])
    noise = noise.standard_normal((2, worlds, steps))
    noise[1] = correlation * noise[0] + np.sqrt(1.0 - correlation**2) * noise[1]
    return tuple(ar1(*one) for one in zip(noise, memories, strict=True))


def seasonal(worlds, memories, later):
    """Sides with a season of as much variance as their noise."""
    precipitation, moisture = sides(worlds, MONTHS, memories)
    season = np.sqrt(2.0) * np.cos(2.0 * np.pi * (MONTH[None] - np.array([[0], [later]])) / 12.0)
    return precipitation + season[0], moisture + season[1]


def row(test, series, memories, spoke, field=None, wanted=5.0):
    """A row of the table; `spoke` tells of each world whether the test did, NaN where it is not defined."""
    told = spoke[np.isfinite(spoke)]
    in_field = None if field is None else round(100 * float(np.mean(field)), 1)
    return [test, series, *memories, wanted, round(100 * float(np.mean(told)), 1), in_field, int(told.size)]


def row_of_p(test, series, memories, p, of_field=None):
    """As `row`, from p of each world; of the field from another p where one is given."""
    spoke = np.where(np.isfinite(p), p <= 0.05, np.nan)
    return row(
        test, series, memories, spoke, significance.field_significance(p if of_field is None else of_field, 0.1)[1]
    )


def independence(worlds):
    for memories in MONTHLY:
        p = copula.independence(*sides(2 * worlds, MONTHS, memories), period=12).p
        yield row_of_p("independence", "240 months", memories, p)
    for memories in ANNUAL:
        yield row_of_p("independence", "20 years", memories, copula.independence(*sides(2 * worlds, YEARS, memories)).p)
    for memories, later in itertools.product(((0.3, 0.6),), LATER):
        p = copula.independence(*seasonal(worlds, memories, later), period=12).p
        yield row_of_p("independence, annual cycle kept", f"240 months, seasons {later} months apart", memories, p)


def dependence_at_any_lag(worlds):
    kinds = [("", "240 months", memories, sides(worlds, MONTHS, memories)) for memories in MONTHLY]
    for later in LATER:
        pair = seasonal(worlds // 2, (0.3, 0.6), later)
        kinds.append((", annual cycle kept", f"240 months, seasons {later} months apart", (0.3, 0.6), pair))
    for cycle, series, memories, pair in kinds:
        best, field_p = lags.optimal_lag_and_field_p(*pair, 12)
        yield row_of_p(f"dependence at any lag{cycle}", series, memories, best.p, field_p)
        yield row_of_p(f"dependence at any lag, p for the field{cycle}", series, memories, field_p)


def profiles_of_lags(worlds):
    for memories in FEW:
        worlds_of = {"240 months": sides(worlds // 2, MONTHS, memories)}
        worlds_of["240 months, seasons 3 months apart"] = seasonal(worlds // 2, memories, 3)
        for series, pair in worlds_of.items():
            profile = memory.lag_profile(*pair, 12)
            outside = ((profile.tau < profile.low) | (profile.tau > profile.high)).mean(axis=1)
            yield row("tau of a lag outside its band", series, memories, outside)
            yield row("any tau outside the band of all", series, memories, profile.beyond * 1.0)


def intervals_of_tau(worlds):
    kinds = [("20 years", YEARS, None, ANNUAL), ("240 months", MONTHS, 12, FEW)]
    for series, steps, block, several in kinds:
        for memories in several:
            interval = copula.tau_interval(*sides(worlds, steps, memories), block=block)
            yield row("interval of tau-b wholly below zero", series, memories, (interval.high < 0.0) * 1.0, wanted=2.5)


def goodness_of_fit(worlds):
    """Of the true family, and of the family that is selected, as in the product; fits on a bound are not tested."""
    several = worlds // 5
    pairs = [
        (1, f"{steps} {unit}, gaussian", memories, sides(several, steps, memories, 0.59))
        for (steps, unit), memories in itertools.product(((YEARS, "years"), (MONTHS, "months")), FEW[:4])
    ]
    for code, zeros in itertools.product(FAMILIES, (0.0, 0.3)):
        par, par2 = copula.parameters_for_tau(code, 0.4)
        points = simulate(code, par, 4.0 if code == 2 else par2, several * MONTHS, 7).reshape(several, MONTHS, 2)
        first = np.maximum(points[..., 0], np.quantile(points[..., 0], zeros, axis=1, keepdims=True))
        told = f"240 months, {FAMILIES[code]}, {100 * zeros:.0f} % zeros"
        pairs.append((code, told, (0.0, 0.0), (first, points[..., 1])))
    for code, series, memories, pair in pairs:
        u, v = (copula.pseudo_observations(side) for side in pair)
        for name, families in (("goodness of fit of the true family", [code]), ("goodness of fit", None)):
            fit = copula.select(u, v, families=families, preselect=families is None)
            p = copula.goodness_of_fit(u, v, fit, seed=1, resamples=100).p
            yield row_of_p(name, series, memories, np.where(fit.at_bound == 0, p, np.nan))


def who_leads(worlds):
    for memories, forcing in itertools.product(itertools.product(OF_PRECIPITATION, OF_SOIL_MOISTURE), (0.0, 0.6)):
        precipitation, moisture = test_feedback.world(worlds, memory=memories, forcing=forcing)
        series = f"240 months, forcing {forcing}"
        yield row_of_p("soil moisture leads", series, memories, feedback.lead_test(moisture, precipitation).p)
        if forcing == 0.0 or memories[0] == 0.0:  # else precipitation does lead, by its own memory
            yield row_of_p("precipitation leads", series, memories, feedback.lead_test(precipitation, moisture).p)


def who_leads_in_a_region(worlds):
    """Twenty cells that share a third of their variance."""
    years, cells, several = MONTH // 12, 20, worlds // 5
    for memories in FEW:
        p = []
        for seed in range(several):
            noise = np.random.default_rng(seed).standard_normal((2, cells + 1, MONTHS))
            noise = np.sqrt(2.0 / 3.0) * noise[:, 1:] + np.sqrt(1.0 / 3.0) * noise[:, :1]
            precipitation, moisture = (ar1(*one) for one in zip(noise, memories, strict=True))
            fitted = panel.regress(moisture, precipitation, 1, years)
            p.append((fitted.clustered_p, fitted.hac_p))
        for name, column in zip(("years", "Driscoll and Kraay"), np.transpose(p), strict=True):
            spoke = (column <= 0.05) * 1.0
            yield row(f"soil moisture leads in a region, errors by {name}", "20 cells of 240 months", memories, spoke)


def changes_of_dependence(worlds):
    for memories, correlation in itertools.product(FEW, (0.0, 0.3)):
        pair = sides(worlds // 2, MONTHS, memories, correlation)
        tested = dependence_change.dependence_change(*pair, MONTH // 12, seed=1)
        series = f"240 months, correlation {correlation} throughout"
        for name, p in (
            ("halves", tested.halves_p),
            ("windows", tested.windows_p),
            ("an unknown year", tested.change_p),
        ):
            yield row_of_p(f"change of dependence, {name}", series, memories, p)


def small_p_of_windows(worlds):
    """What a false discovery rate rests on: p up to 0.2 %, of which only many worlds tell."""
    for memories in FEW:
        p = dependence_change.dependence_change(*sides(4 * worlds, MONTHS, memories), MONTH // 12, seed=1).windows_p
        spoke = np.where(np.isfinite(p), p <= 0.002, np.nan)
        yield row("change of dependence, windows, p up to 0.002", "240 months", memories, spoke, wanted=0.2)


def left_given_another(worlds):
    """Precipitation and soil moisture that share half of their variance with evaporation and nothing else: a negative
    sign by chance is one of two."""
    several = worlds // 4
    for memories in FEW[:4]:
        third = ar1(np.random.default_rng(5).standard_normal((several, MONTHS)), 0.3)
        pair = [np.sqrt(0.5) * (side / side.std() - sign * third / third.std())
                for side, sign in zip(sides(several, MONTHS, memories), (1.0, -1.0), strict=True)]  # fmt: skip
        ranked = [copula.pseudo_observations(side) for side in (*pair, third)]
        of_vine = vine.conditional_pair(*ranked).conditional.kendall
        by_name = {
            "partial tau": partial.partial_tau(*pair, third[:, None])[0],
            "partial rank correlation": partial.partial_rank(*pair, third[:, None]),
            "vine": of_vine,
        }
        for name, left in by_name.items():
            series = "240 months, independent given a third"
            yield row(f"negative dependence that is left, {name}", series, memories, (left < 0.0) * 1.0, wanted=50.0)


EVERY = (independence, dependence_at_any_lag, profiles_of_lags, intervals_of_tau, goodness_of_fit, who_leads,
         who_leads_in_a_region, changes_of_dependence, small_p_of_windows, left_given_another)  # fmt: skip


def main(worlds=2000, *names):
    chosen = [test for test in EVERY if not names or test.__name__ in names]
    kept = yaml.safe_load(TABLE.read_text(encoding="utf-8"))["rows"] if TABLE.is_file() else []
    for test in chosen:
        rows = list(test(int(worlds)))
        print(test.__name__, *rows, sep="\n", flush=True)
        kept = [old for old in kept if old[0] not in {new[0] for new in rows}] + rows
    command = f"python tests/benchmarks/dependence_levels.py {worlds}"
    content = {"command": command, "columns": COLUMNS, "rows": kept}
    TABLE.write_text(yaml.safe_dump(content, sort_keys=False, default_flow_style=None, width=120), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
