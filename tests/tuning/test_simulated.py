import math

import pytest
from simulated import SHARE, simulations


def check(found):
    wrong = sum(each.wrong for each in found) / len(found)
    assert wrong <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / len(found))
    assert sum(each.claims for each in found) > 0
    assert all(each.trainings <= SHARE for each in found)
    return sum(each.ours for each in found), sum(each.plain for each in found)


def test_few_simulated_studies():
    check(simulations(9))


@pytest.mark.slow
def test_two_hundred_simulated_studies_are_rarely_wrong_and_regret_no_more_than_plain_tpe():
    ours, plain = check(simulations(200))
    assert ours <= plain
