"""How far activations reach, on numbers whose distribution is known."""

import numpy as np
import pytest
from scipy import stats

from ib_mlflow.studies.checkpoints.extremes import (
    extreme_share,
    extreme_shares,
    largest,
    largest_activations,
)
from ib_mlflow.studies.running.groups import binned_groups
from ib_mlflow.studies.running.training import run_ensemble


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_the_share_in_the_extreme_bins_is_that_of_the_distribution(scale):
    """|tanh z| lies from 0.93 on for |z| from artanh 0.93 on, of normals with a known spread."""
    z = scale * np.random.default_rng(0).normal(size=(3, 4000, 5))
    truth = 2 * stats.norm.sf(np.arctanh(0.93) / scale)
    shares = extreme_share(np.tanh(z), bin_size=0.07)
    assert shares.shape == (3,)
    np.testing.assert_allclose(shares, truth, atol=4 * np.sqrt(truth / 20_000))


def test_bounds_belong_to_the_extreme_bins_and_the_middle_does_not():
    assert extreme_share([[-1.0], [1.0], [0.0], [0.8]], bin_size=0.1) == 0.5
    np.testing.assert_array_equal(largest([[[1.0, -3.0]], [[0.5, 0.0]]]), [3.0, 0.5])


def test_every_sound_member_epoch_and_hidden_layer_is_read(spec_of, kept_study):
    groups = binned_groups("tanh", [0.3], tuple(range(4)))
    trained = run_ensemble(kept_study, spec_of(groups, epochs=(1, 2)))
    (group,) = trained.groups
    hidden = trained.spec.hidden_layers
    shares = extreme_shares(trained, [2, 1], bin_size=0.07)
    tops = largest_activations(group, [2, 1])
    assert len(shares) == len(tops) == 4 * 2 * len(hidden)
    activations = dict(trained.at(2).activations(trained.spec.inputs))
    for table, read in ((tops, largest), (shares, lambda of: extreme_share(of, bin_size=0.07))):
        rows = table[(table["epoch"] == 2) & (table["layer"] == hidden[-1])].sort_values("member")
        np.testing.assert_allclose(rows.iloc[:, -1], read(activations[hidden[-1]]))
