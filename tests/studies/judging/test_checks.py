"""Whatever judges are given, they come to a verdict or refuse it by name."""

import inspect
import math
import re

import numpy as np
import pandas as pd
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import Estimate
from ib_mlflow.studies import judging
from ib_mlflow.studies.judging import Finding, Interval, Judgement, Published, Window
from ib_mlflow.studies.judging.lines import falls_as_a_power, rises_in_a_line
from ib_mlflow.studies.judging.powers import Times, grows, shrinks
from ib_mlflow.studies.judging.series import kept_up
from ib_mlflow.studies.judging.times import settled

NAN, INF = np.nan, np.inf
ROW = [0.1, 0.4, 0.2, 0.9, 0.3, 0.5]
FLAGS = [True, False, True, True, False, True]
TABLE = np.arange(30.0).reshape(6, 5) ** 1.5
TIMES = {size: size * (1 + np.arange(6.0)) for size in (1.0, 2.0, 4.0)}
ESTIMATE = Estimate(0.5, 0.1, "point", n=100)
JUDGED = Judgement("agrees", ("3.",), 0.01)
ARRAYS = [
    [], ROW, FLAGS, [0.5], [NAN] * 6, [*ROW[:5], NAN], [INF] * 6, [INF, -INF, NAN, 1.0, 2.0, 3.0],
    [0.5] * 6, [0.0] * 6, [2] * 6, [-1e300, 1e300] * 3, [1e-320] * 6, ROW[:4], ROW * 2,
    TABLE, TABLE[:0], TABLE[:, :0], TABLE[:, :1], TABLE * NAN, np.where(TABLE > 9, INF, TABLE),
    TABLE[:1], TABLE[:4], TABLE.T, np.ones((6, 5)), np.zeros((6, 5, 2)), TABLE.tolist(),
    "text", ["a"] * 6, ["1.5"] * 6, [None] * 6, None, 3.0, True, [[1.0], [1.0, 2.0]], [1j] * 6,
    {1.0: 2.0}, object(), pd.Series(ROW), pd.Series(FLAGS, dtype="boolean"),
    pd.Series([1.0, None] * 3, dtype="Float64"), np.array(ROW, dtype=object),
]  # fmt: skip
NUMBERS = [0.3, 0, -0.3, NAN, INF, -INF, "text", None, True, [0.3], 1e308, 2, 10**400]


def gives(call, sound, hostile):
    """A judge, arguments that it can judge, and for each what else it may be given."""
    return call, sound, hostile


def pairs(call):
    return gives(call, [ROW, ROW[::-1]], [ARRAYS, ARRAYS])


def of_times(call):
    def judge(times):
        return call(Times("the end", "epochs", "size", times))

    given = [*({1.0: each, 2.0: TIMES[2.0], 4.0: TIMES[4.0]} for each in ARRAYS), {}, TIMES]
    return gives(judge, [TIMES], [given])


def window(earliest, latest=None):
    return Window(earliest, earliest if latest is None else latest)


def of_windows(call):
    return lambda first, second, factor: call(window(first), window(second), factor)


CURVES = [*ARRAYS, np.array([[NAN] * 5] * 6)]
ESTIMATES = [[ESTIMATE], [ESTIMATE] * 6, [], ["text"] * 6, [0.5] * 6, [None]]
JUDGES = {
    "most": gives(judging.most, [FLAGS], [ARRAYS]),
    "always": gives(judging.always, [FLAGS], [ARRAYS]),
    "in_some": gives(judging.in_some, [FLAGS], [ARRAYS]),
    "sometimes": gives(
        lambda holds, chance: judging.sometimes(holds, chance=chance),
        [FLAGS, 0.05],
        [ARRAYS, NUMBERS],
    ),
    "rises": gives(judging.rises, [ROW], [ARRAYS]),
    "most_beyond": gives(judging.most_beyond, [ROW, 0.3], [ARRAYS, NUMBERS]),
    "most_within": gives(judging.most_within, [ROW, 0.3], [ARRAYS, NUMBERS]),
    "most_where": gives(
        lambda values, other: judging.most_where(lambda k: np.asarray(values) > k, other),
        [np.array(ROW), ROW],
        [[ROW, ROW[:4], TABLE, []], ARRAYS],
    ),
    "loses": gives(judging.loses, [TABLE, 0.4], [CURVES, NUMBERS]),
    "keeps_up": gives(judging.keeps_up, [TABLE, 0.4], [CURVES, NUMBERS]),
    "kept_up": gives(kept_up, [ROW, ROW, 0.4], [ARRAYS, ARRAYS, NUMBERS]),
    "gains_and_loses": gives(
        lambda curves, least, gain: judging.gains_and_loses(curves, least, gain=gain),
        [TABLE, 0.4, 0.1],
        [CURVES, NUMBERS, NUMBERS],
    ),
    "ends_higher": gives(judging.ends_higher, [TABLE, 1], [CURVES, [*NUMBERS, 4, 5, -1]]),
    "curve_drops": gives(judging.curve_drops, [TABLE], [CURVES]),
    "curve_gains": gives(judging.curve_gains, [TABLE], [CURVES]),
    "move_together": gives(judging.move_together, [TABLE, TABLE[::-1]], [CURVES, CURVES]),
    "highly_correlated": gives(
        lambda first, second, short: judging.highly_correlated(first, second, short=short),
        [TABLE, TABLE[::-1], 0.2],
        [CURVES, CURVES, NUMBERS],
    ),
    "go_together": pairs(judging.go_together),
    "follow": gives(judging.follow, [TABLE, TABLE], [ARRAYS, ARRAYS]),
    "crossed": gives(
        lambda terms, bias: judging.crossed(terms, bias=bias), [TABLE, 0.0], [ARRAYS, NUMBERS]
    ),
    "crossed_within": gives(judging.crossed_within, [TABLE, 0.4], [ARRAYS, NUMBERS]),
    "happens_about": gives(
        lambda epochs, paper, last: judging.happens_about(epochs, paper, last=last),
        [ROW, 3.0, 10.0],
        [ARRAYS, NUMBERS, NUMBERS],
    ),
    "turns_about": gives(
        lambda epochs, paper: judging.turns_about(window(epochs), paper),
        [ROW, 3.0],
        [ARRAYS, NUMBERS],
    ),
    "lie_together": gives(
        of_windows(judging.lie_together), [ROW, ROW, 2.0], [ARRAYS, ARRAYS, NUMBERS]
    ),
    "at_rest": gives(
        lambda rests, last: judging.at_rest(JUDGED, rests, last=last),
        [FLAGS, 9.0],
        [ARRAYS, NUMBERS],
    ),
    "settled": gives(
        lambda curves, epochs, least: settled(curves, epochs, least=least),
        [TABLE, range(5), 0.1],
        [ARRAYS, ARRAYS, NUMBERS],
    ),
    "reproduces": gives(
        lambda values, paper, margin, rows: judging.reproduces(
            values, paper, margin=margin, rows=rows
        ),
        [ROW, 0.4, 0.01, 100],
        [ARRAYS, NUMBERS, NUMBERS, NUMBERS],
    ),
    "Published": gives(
        lambda value, decimals, deviation, members: judging.reproduces(
            ROW, Published(value, decimals, deviation, members)
        ),
        [50.0, 1, 4.6, 8],
        [NUMBERS, [*NUMBERS, 500], NUMBERS, NUMBERS],
    ),
    "positive": gives(
        judging.positive,
        [ESTIMATE],
        [[*ARRAYS, Estimate(INF, 0.1, "point", n=9), Estimate(0.1, 0, "point", n=0)]],
    ),
    "positive_over_networks": gives(judging.positive_over_networks, [[ESTIMATE] * 6], [ESTIMATES]),
    "mean": gives(judging.mean, [ROW], [ARRAYS]),
    "median": gives(judging.median, [ROW], [ARRAYS]),
    "share": gives(judging.share, [FLAGS], [ARRAYS]),
    "accuracy": gives(judging.accuracy, [ROW, 100], [ARRAYS, NUMBERS]),
    "all_hold": gives(judging.all_hold, [[JUDGED]], [[[], [JUDGED] * 2]]),
    "grows": of_times(grows),
    "shrinks": of_times(shrinks),
    "rises_in_a_line": of_times(rises_in_a_line),
    "falls_as_a_power": of_times(falls_as_a_power),
}
OTHER = {"Claim", "Finding", "Interval", "Judgement", "Verdict", "Window", "findings_of", "kept",
         "steady"}  # fmt: skip
"""At the door, and no judge of numbers."""


def test_every_judge_at_the_door_is_among_them():
    door = {name for name in vars(judging) if not name.startswith("_")}
    door = {name for name in door if not inspect.ismodule(getattr(judging, name))}
    assert door - OTHER <= set(JUDGES)


CASES = [
    pytest.param(call, sound, place, given, id=f"{name}-{place}")
    for name, (call, sound, hostile) in JUDGES.items()
    for place, given in enumerate(hostile)
]


@pytest.mark.parametrize(("call", "sound", "place", "given"), CASES)
def test_it_is_judged_or_refused_by_name(call, sound, place, given):
    assert judged(call(*sound))
    for each in given:
        result, words = answer(call, [*sound[:place], each, *sound[place + 1 :]])
        if words is None:
            assert judged(result), f"{each!r} gave {result!r}"
        else:
            assert re.fullmatch(r".+; received .*\. .+\.", words, flags=re.DOTALL), words


def answer(call, arguments):
    try:
        return call(*arguments), None
    except InvalidInputError as error:
        return None, str(error)


def judged(result):
    if isinstance(result, Judgement):
        sound = result.p_value is None or 0 <= result.p_value <= 1
        return sound and result.verdict in ("agrees", "disagrees", "undecided")
    return isinstance(result, Interval | np.ndarray)


REFUSED = {
    "a table for numbers": lambda: judging.most(np.ones((3, 4))),
    "another": lambda: judging.rises(np.ones((6, 2))),
    "no number": lambda: judging.loses(TABLE, NAN),
    "below nothing": lambda: judging.keeps_up(TABLE, -1),
    "below nothing too": lambda: judging.loses(TABLE, -0.3),
    "a margin": lambda: judging.reproduces(ROW, 1, margin=-1),
    "no margin": lambda: judging.reproduces(ROW, 1, margin=NAN),
    "half true": lambda: judging.most([0.5] * 6),
    "twice true": lambda: judging.most([2] * 6),
    "no rows": lambda: judging.reproduces(ROW, 0.4, rows=0),
    "no paper": lambda: judging.reproduces(ROW, NAN),
    "a share": lambda: judging.sometimes(FLAGS, chance=2),
    "no epochs": lambda: judging.loses(np.empty((6, 0)), 0.1),
    "others": lambda: judging.go_together(ROW, ROW[:4]),
    "a list": lambda: judging.positive([0.5]),
    "a spread": lambda: Published(50, deviation=-1, members=8),
    "no value": lambda: Published(NAN),
}


@pytest.mark.parametrize("call", REFUSED.values(), ids=REFUSED)
def test_what_no_verdict_can_rest_on_is_refused(call):
    with pytest.raises(InvalidInputError):
        call()


def test_a_network_that_diverged_is_no_mistake():
    assert judging.most([True] * 9 + [NAN]).verdict == "agrees"
    assert judging.rises([INF] * 8).verdict == "agrees"
    assert "1 of 7 diverged" in judging.most_beyond([*ROW, NAN], 0.05).words[-3]


def test_no_p_value_keeps_the_count_of_chance_from_a_report():
    """What a judge of something infinite has as its p-value must not be NaN."""
    endless = judging.positive(Estimate(INF, 0.1, "point", n=9))
    finding = Finding("It rises", "Fig. 1", endless.verdict, endless.words, endless.p_value)
    assert judging.kept([finding]) == [endless.verdict != "undecided"]
    assert endless.p_value is None or not math.isnan(endless.p_value)
