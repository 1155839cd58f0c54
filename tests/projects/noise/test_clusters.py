"""What is drawn of the clusters of noisy networks."""

from types import SimpleNamespace

import numpy as np
import pytest

from ib_mlflow.information import Binned
from ib_mlflow.studies.checkpoints.distances import measure_clusters
from ib_mlflow.studies.running.groups import PLANE, Group
from ib_mlflow.studies.running.training import TrainedGroup
from projects.noise.clusters import REACH, cluster_figures

LABELS = np.arange(60) % 2
STAGES = (1, 4, 20, 80)


class Ensemble:
    """Five networks whose classes part; of the first nothing is left."""

    def __init__(self, epoch, units=3):
        self.epoch, self.units = epoch, units

    def activations(self, inputs):
        for layer in (1, 2, 3):
            random = np.random.default_rng([self.epoch, layer])
            values = random.normal(size=(5, 60, self.units))
            values += (2 * LABELS - 1)[:, None] * 8 * self.epoch / 80
            values[0] = np.nan
            yield layer, values


def group_of(sound, units=3):
    spec = SimpleNamespace(
        task=SimpleNamespace(measured=SimpleNamespace(labels=LABELS)),
        inputs=None,
        hidden_layers=(1, 2),
        members_of=lambda _: (0, 1, 2, 3, 4),
    )
    trained = SimpleNamespace(spec=spec, at=lambda epoch: Ensemble(epoch, units), sound=sound)
    return TrainedGroup(trained, Group("free", (0, 1, 2, 3, 4), {PLANE: Binned(bin_size=0.1)}))


def drawings(group):
    return cluster_figures(group, measure_clusters(group, layers=(1, 2), stages=STAGES))


@pytest.mark.parametrize(
    ("units", "names"),
    [
        (3, ["bin_histograms.png", "distances.png", "scatter.png"]),
        (4, ["bin_histograms.png", "distances.png"]),
    ],
)
def test_the_first_network_that_did_not_diverge_is_drawn(units, names):
    pictures = drawings(group_of((1, 2, 3, 4), units))
    assert sorted(pictures) == names
    left, right = pictures["bin_histograms.png"].axes[0].get_xlim()
    assert -REACH - 0.1 <= left < right <= REACH + 0.1


def test_the_output_is_not_drawn():
    titles = [axes.get_ylabel() for axes in drawings(group_of((1, 2)))["distances.png"].axes]
    assert {title for title in titles if title} == {"layer 1", "layer 2"}


def test_of_networks_that_all_diverged_nothing_is_drawn():
    assert drawings(group_of(())) == {}
