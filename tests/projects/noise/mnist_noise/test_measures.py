"""What is measured of the versions, on activations whose answer is known."""

from types import SimpleNamespace

import numpy as np
import pytest

from ib_mlflow.information import Binned, cosine_similarities, entropy, unit_information
from ib_mlflow.studies.running.groups import Condition, Group
from projects.noise.mnist_noise.measures import dynamics, input_entropy, similarities

SEEDS = (4, 7, 9)
LABELS = np.arange(30) % 3
EPOCHS = (0, 1, 2, 3, 4)
CONDITIONS = {"plain": Condition(), "noisy": Condition(beta=0.5), "dropout": Condition()}


def activations(name, seed, epoch, layer):
    """Those of one network: its twin's, and the more of its own the deeper the layer."""
    common = np.random.default_rng([seed, layer]).normal(size=(30, 5))
    own = np.random.default_rng([len(name), seed, epoch, layer]).normal(size=(30, 5))
    return common + (name != "plain") * 0.2 * layer * own


class Trained:
    """An ensemble of some versions, whose members stand in any order."""

    def __init__(self, name, members, diverged=()):
        self.name, self._members = name, members
        inputs = np.random.default_rng(0).random((30, 6)).astype(np.float32)
        measured = SimpleNamespace(labels=LABELS, features=lambda: inputs)
        self.spec = SimpleNamespace(task=SimpleNamespace(measured=measured), inputs=None)
        self.trajectory = SimpleNamespace(epochs=EPOCHS)
        self._diverged = set(diverged)
        self.sound = tuple(
            number for number, member in enumerate(members) if member not in self._diverged
        )

    def at(self, epoch):
        def layers(inputs):
            for layer in (1, 2, 3, 4, 5):
                yield (
                    layer,
                    np.stack(
                        [
                            activations(*member, epoch, layer)
                            * (np.nan if member in self._diverged and epoch > 1 else 1.0)
                            for member in self._members
                        ]
                    ),
                )

        return SimpleNamespace(activations=layers)

    def group(self, name, seeds):
        members = tuple(self._members.index((name, seed)) for seed in seeds)
        return SimpleNamespace(
            name=name,
            trained=self,
            group=Group(name, tuple(seeds), {"plane": Binned(0.1)}, CONDITIONS[name]),
            member=lambda seed: self._members.index((name, seed)),
            members=members,
            sound=tuple(member for member in self.sound if member in members),
        )


def versions(order=(0, 1, 2), seeds=SEEDS, diverged=()):
    """The versions, in two ensembles whose members stand in an order."""
    pairs = [(name, SEEDS[k]) for k in order for name in ("plain", "noisy")]
    noise = Trained("noise", pairs, diverged)
    dropout = Trained("dropout", [("dropout", SEEDS[k]) for k in order], diverged)
    return noise.group("plain", seeds), noise.group("noisy", seeds), dropout.group("dropout", seeds)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
@pytest.mark.parametrize("seeds", [SEEDS, SEEDS[::-1]])
def test_each_network_is_compared_with_the_twin_of_its_seed(order, seeds):
    plain, *others = versions(order, seeds)
    for versions_in_order in (others, others[::-1]):
        likeness = similarities(plain, versions_in_order)
        table = likeness.table.set_index(["version", "seed", "layer"])["cosine"]
        for name in ("noisy", "dropout"):
            assert likeness.cosines[name].keys() == {1, 2, 3, 4}
            for seed in SEEDS:
                for layer in (1, 2, 3, 4):
                    pair = (activations(of, seed, 4, layer)[None] for of in (name, "plain"))
                    expected = float(cosine_similarities(*pair).mean())
                    assert table[name, seed, layer] == expected


def test_deterministic_networks_of_other_seeds_are_unrelated():
    plain, *others = versions()
    table = similarities(plain, others).table
    assert (table["unrelated"].abs() < 0.3).all()
    assert (table.groupby("version")["cosine"].mean() > 0.7).all()


def test_of_a_network_or_a_twin_that_diverged_nothing_is_known():
    plain, *others = versions(diverged=[("plain", 7), ("dropout", 9)])
    table = similarities(plain, others).table.set_index(["version", "seed", "layer"])["cosine"]
    known = {(name, seed): np.isfinite(table[name, seed, 1]) for name, seed, _ in table.index}
    assert known == {
        ("noisy", 4): True, ("noisy", 7): False, ("noisy", 9): True,
        ("dropout", 4): True, ("dropout", 7): False, ("dropout", 9): False,
    }  # fmt: skip


def test_without_other_seeds_there_is_nothing_unrelated():
    plain, *others = versions(diverged=[("plain", 7), ("plain", 9)])
    assert similarities(plain, others).table["unrelated"].isna().all()


def test_slopes_and_overlaps_are_those_of_the_members_that_are_left():
    *_, dropout = versions(order=(1, 0, 2), diverged=[("dropout", 4)])
    measured = dynamics(dropout, [0.5, 0.1], even_epochs=(2, 3, 4))
    assert set(measured.slopes["member"]) == {0, 2}
    assert set(measured.overlaps["member"]) == {0, 2}
    assert set(measured.overlaps["layer"]) == {0, 1, 2, 3, 4}
    assert set(measured.overlaps["epoch"]) == {0, 1, 4}
    for size in (0.5, 0.1):
        for member, seed in ((0, 7), (2, 9)):
            entropies = [
                unit_information(activations("dropout", seed, epoch, 3), LABELS, bin_size=size).i_x
                for epoch in (2, 3, 4)
            ]
            slopes = measured.slopes
            own = slopes[(slopes["bin_size"] == size) & (slopes["member"] == member)]
            expected = np.polyfit([2, 3, 4], np.stack(entropies), 1)[0]
            np.testing.assert_allclose(own.sort_values("unit")["slope"], expected, atol=1e-12)


def test_pixels_are_dark_or_bright():
    pixels = np.array([[0.1, 0.9], [0.2, 0.8], [0.9, 0.1], [0.5, 0.51]], np.float32)
    assert input_entropy(pixels) == pytest.approx(float(entropy(np.array([0, 0, 1, 0]))))
