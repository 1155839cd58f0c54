import math

import numpy as np
import pytest
from scipy.special import entr
from scipy.stats import norm

from ib_mlflow.information.propagation import rare
from ib_mlflow.information.propagation.layer import layer_information

CENTRES = 2.0 * (np.arange(32) - 15.5)  # whose mean overlap is at the limit, 0.7 nats
LABELS = (CENTRES > 0).astype(int)
SEEDS = 100


def entropy(centres):
    """Of unit Gaussians around centres, by the trapezoidal rule."""
    line = np.arange(centres.min() - 9, centres.max() + 9, 0.05)
    return float(entr(norm.pdf(line[:, None], centres).mean(axis=1)).sum() * 0.05)


@pytest.mark.parametrize("decided", [True, False])
def test_either_decision_at_the_limit_says_the_truth(monkeypatch, decided):
    whole = entropy(CENTRES)
    given = np.mean([entropy(CENTRES[label == LABELS]) for label in (0, 1)])
    truth = np.array([whole - math.log(2 * math.pi * math.e) / 2, whole - given])
    overlaps = []
    is_rare = rare.is_rare

    def counted(tree, draws, values):
        overlaps.append(is_rare(tree, draws, values))
        return decided

    monkeypatch.setattr(rare, "is_rare", counted)
    found = []
    for seed in range(SEEDS):
        i_x, i_y, _ = layer_information(
            CENTRES[:, None, None], None, LABELS, beta=1.0, n=2000, rng=np.random.default_rng(seed)
        )
        found.append([[i_x.value, i_y.value], [i_x.standard_error, i_y.standard_error]])
    values, errors = np.moveaxis(np.array(found), 1, 0)
    assert len(set(overlaps)) == 1  # one decision for one set of centres
    covers = (np.abs(values - truth) <= 1.96 * errors).mean(axis=0)
    assert (covers >= 0.95 - 3 * math.sqrt(0.05 * 0.95 / SEEDS)).all()
    error = values.std(axis=0) / math.sqrt(SEEDS)
    assert (np.abs(values.mean(axis=0) - truth) <= 4 * error + 1e-6).all()
