import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from ib_mlflow.studies.forecast import CHILD_SECONDS, Cost, Forecast, Work, forecast
from ib_mlflow.training.fitting import Plan, fit

STEP, EVALUATION, MEASURE = 0.004, 0.02, 0.03


def burn(seconds):
    """Take processor time, which other programs do not lengthen."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def fits(plan):
    """A training of known steps and evaluations."""
    before = 0
    for update in plan.evaluations:
        burn(STEP * (update - before) + EVALUATION)
        before = update
        state = {"a": torch.zeros(256), "b": [torch.zeros(256)], "c": 1}
        yield SimpleNamespace(weights={"w": torch.zeros(256)}, checkpoint=state.copy)


def test_what_is_forecast_is_what_it_takes():
    plan = Plan(updates=500, evaluate=100)
    work = Work("known", 3, plan, fits, lambda _: burn(MEASURE), share=0.5, kept=2, results=8)
    result = forecast("study", "cpu", [work])
    (cost,) = result.costs
    each = 500 * STEP + 6 * EVALUATION + 2 * MEASURE + CHILD_SECONDS
    assert result.seconds == pytest.approx(3 * each, rel=0.15)
    assert cost.step == pytest.approx(STEP, rel=0.15)
    assert cost.updates == 1500
    # The checkpoint holds the weights twice, two states beside it, and a result.
    assert cost.disk == 3 * (4 * 1024 + 8)


def test_a_short_training_is_run_as_it_is():
    result = forecast("study", "cpu", [Work("short", 2, Plan(updates=4), fits)])
    each = 4 * STEP + 2 * EVALUATION + CHILD_SECONDS
    assert result.seconds == pytest.approx(2 * each, rel=0.2)


def test_what_is_only_measured_has_no_updates():
    work = Work("samples", 4, None, None, lambda _: burn(0.05), share=0.1)
    (cost,) = forecast("study", "cpu", [work]).costs
    assert cost.updates == cost.disk == 0
    assert cost.seconds == pytest.approx(4 * (0.5 + CHILD_SECONDS), rel=0.2)


def test_a_real_training_does_not_end_early():
    x = np.linspace(-1, 1, 64, dtype=np.float32)[:, None]
    plans = []

    def real(plan):
        plans.append(plan)
        return fit(nn.Linear(1, 1), squared, [x], validation=[x], plan=plan, seed=0)

    def squared(model, x):
        return (model(x) - x).square().sum(dim=1)

    plan = Plan(updates=1000, evaluate=10, patience=1, least_fall=0.1)
    forecast("study", "cpu", [Work("lines", 1, plan, real)])
    assert plans[0].evaluations == (0, 3, 6, 18)
    assert plans[0].patience is plans[0].least_fall is None


def test_the_words_have_every_kind_and_the_sums():
    costs = [Cost("heads", 2, 100, 0.01, 3000.0, 2048), Cost("decoders", 1, 10, 0.5, 7200.0, 10**9)]
    text = Forecast("a study", costs, 3 * 2**30, "cpu").text()
    assert "| heads | 2 | 100 | 10 ms | 50 min | 2 KiB |" in text
    assert "110 updates and about 2.83 h of processor time on this device (cpu)" in text
    assert "3 GiB of memory" in text
    assert "954 MiB of disk" in text
    assert "Nothing was trained" in text
