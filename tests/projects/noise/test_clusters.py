"""What is seen of the clusters of noisy networks, on layers whose clusters are known."""

from types import SimpleNamespace

import numpy as np
import pytest

from ib_mlflow.studies.running.ensembles import Condition
from projects.noise.clusters import REACH, clusters, parting_findings

LABELS = np.arange(60) % 2
EPOCHS = (0, 1, 4, 20, 80)
CONDITIONS = (Condition(beta=0.1), Condition(beta=0.1, orthonormality=5e-5))
MEMBERS = 5


class Ensemble:
    """Classes part in all networks, and draw together in those without the pull."""

    def __init__(self, epoch):
        self.epoch = epoch

    def activations(self, inputs):
        for layer in (1, 2, 3):
            random = np.random.default_rng([self.epoch, layer])
            spread = random.normal(size=(2 * MEMBERS, 60, 3))
            spread[:MEMBERS] /= 1 + self.epoch
            centre = (2 * LABELS - 1)[:, None] * 8 * self.epoch / 80
            yield layer, spread + centre


@pytest.fixture(scope="module")
def trained():
    views = [
        SimpleNamespace(name=name, members=tuple(range(first, first + MEMBERS)))
        for name, first in (("free", 0), ("pulled", MEMBERS))
    ]
    task = SimpleNamespace(measured=SimpleNamespace(labels=LABELS))
    return SimpleNamespace(
        sound=tuple(range(2 * MEMBERS)),
        trajectory=SimpleNamespace(epochs=EPOCHS),
        network=SimpleNamespace(
            task=task,
            inputs=None,
            hidden=(3, 3),
            views=views,
            conditions=CONDITIONS,
            activations=("tanh", "tanh"),
        ),
        at=lambda epoch, chosen: Ensemble(epoch),
    )


def test_every_member_is_measured_and_the_first_is_drawn(trained):
    shown, distances = clusters(trained, None)
    files = ("distances.png", "bin_histograms.png", "scatter.png")
    assert set(shown) == {f"{name}/{file}" for name in ("free", "pulled") for file in files}
    assert len(distances) == 2 * MEMBERS * 4
    assert (distances["between"] > distances["within"])[distances["epoch"] == 80].all()
    left, right = shown["free/bin_histograms.png"].axes[0].get_xlim()
    assert -REACH - 0.1 <= left < right <= REACH + 0.1


def test_classes_part_and_the_pull_keeps_clusters_wide(trained):
    _, distances = clusters(trained, None)
    found = {
        condition: SimpleNamespace(name=str(number), condition=condition)
        for number, condition in enumerate(CONDITIONS)
    }
    parted, wide = parting_findings(trained, found, distances)
    assert (parted.verdict, wide.verdict) == ("agrees", "agrees")
    assert f"of {MEMBERS} networks" in parted.found
    swapped = distances.replace({"child": {"free": "pulled", "pulled": "free"}})
    assert parting_findings(trained, found, swapped)[1].verdict == "disagrees"


def test_diverged_members_are_not_measured(trained):
    class Broken(Ensemble):
        def activations(self, inputs):
            for layer, values in super().activations(inputs):
                values[[0, 2]] = np.nan
                yield layer, values

    left = tuple(member for member in trained.sound if member not in (0, 2))
    broken = SimpleNamespace(
        **{**vars(trained), "at": lambda epoch, chosen: Broken(epoch), "sound": left}
    )
    shown, distances = clusters(broken, None)
    assert shown.keys() == clusters(trained, None)[0].keys()
    lost = distances[distances["overlap"].isna()]
    assert set(lost["child"]) == {"free"}
    assert set(lost["member"]) == {0, 2}
