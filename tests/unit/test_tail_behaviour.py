"""All forty families have a class, and it is the one their tail dependence gives."""

import numpy as np
import pytest

from vadose.figures import tail_behaviour

ONE = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 16, 17, 18, 19, 20, 104, 114, 204, 214]
NEGATIVE = [23, 24, 26, 27, 28, 29, 30, 33, 34, 36, 37, 38, 39, 40, 124, 134, 224, 234]


def named(classes):
    return [tail_behaviour.CLASSES[int(number)] for number in classes]


def test_forty_families_are_covered_once():
    listed = [
        *tail_behaviour.NONE,
        *tail_behaviour.LOWER,
        *tail_behaviour.UPPER,
        *tail_behaviour.BOTH,
        *tail_behaviour.NEGATIVE,
    ]
    assert sorted(listed) == sorted(ONE + NEGATIVE) and len(set(listed)) == 40
    assert set(named(tail_behaviour.tail_behaviour(np.array(NEGATIVE), np.zeros(18)))) == {"negative"}


def test_classes_agree_with_the_tail_dependence_of_an_independent_package():
    pv = pytest.importorskip("pyvinecopulib")
    family = pv.BicopFamily
    kinds = {
        3: family.clayton,
        4: family.gumbel,
        6: family.joe,
        7: family.bb1,
        8: family.bb6,
        9: family.bb7,
        2: family.student,
        1: family.gaussian,
    }
    kinds |= {5: family.frank, 10: family.bb8}
    parameters = {
        2: [[0.6], [4.0]],
        1: [[0.6]],
        5: [[4.0]],
        7: [[1.0], [1.5]],
        8: [[1.5], [1.5]],
        9: [[1.5], [1.0]],
        10: [[3.0], [0.6]],
    }
    u = 1e-7
    for code in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 16, 17, 18, 19, 20):
        base = code - 10 if code > 10 else code
        copula = pv.Bicop(kinds[base], 180 if code > 10 else 0, np.array(parameters.get(base, [[2.0]])))
        lower = copula.cdf(np.array([[u, u]]))[0] / u
        upper = (1 - 2 * (1 - u) + copula.cdf(np.array([[1 - u, 1 - u]]))[0]) / u
        expected = {(False, False): "none", (True, False): "lower", (False, True): "upper", (True, True): "both"}[
            lower > 0.05, upper > 0.05
        ]
        assert named(tail_behaviour.tail_behaviour(np.array([code]), np.array([0.4]))) == [expected], code


def test_negative_undetermined_and_missing():
    family, tau = np.array([1, 2, 4, 4, -1, np.nan, 4]), np.array([-0.2, -0.1, 0.3, 0.3, 0.1, 0.2, np.nan])
    weight = np.array([0.9, 0.4, 0.5, 0.49, 0.9, 0.9, 0.9])
    found = tail_behaviour.tail_behaviour(family, tau, weight)
    assert named(found[:4]) == ["negative", "undetermined", "upper", "undetermined"]
    assert np.isnan(found[4:]).all()
    with pytest.raises(ValueError, match="found code 77"):
        tail_behaviour.tail_behaviour(np.array([77.0]), np.array([0.1]))
