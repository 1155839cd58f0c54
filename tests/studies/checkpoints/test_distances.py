from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import pdist

from ib_mlflow.studies.checkpoints.distances import SHOWN, look
from ib_mlflow.trajectory import Guides, Trajectory
from projects.noise.bin_claims import correlations, findings

LABELS = np.arange(60) % 2
EPOCHS = (0, 1, 2, 3, 5, 10, 20, 40, 80, 100)
GUIDES = Guides(float(np.log(60)), float(np.log(2)), float(np.log(2)))


def activations(epoch, layer, members=6):
    """Two clusters that part and tighten, the more the deeper the layer."""
    generator = np.random.default_rng([epoch, layer])
    spread = generator.normal(size=(members, 60, 3)) / (1 + layer * epoch / 10)
    centre = (2 * LABELS - 1)[:, None] * epoch / (epoch + 10)
    return np.tanh(spread + 2 * centre)


class Ensemble:
    def __init__(self, epoch):
        self.epoch = epoch

    def activations(self, inputs):
        for layer in (1, 2, 3):
            yield layer, activations(self.epoch, layer)


@pytest.fixture(scope="module")
def trained():
    measured = SimpleNamespace(labels=LABELS)
    return SimpleNamespace(
        trajectory=SimpleNamespace(epochs=EPOCHS),
        network=SimpleNamespace(task=SimpleNamespace(measured=measured), inputs=None),
        at=lambda epoch, chosen: Ensemble(epoch),
        sound=(0, 1, 2, 3, 4, 5),
    )


def plane(i_x, bin_size):
    return Trajectory.from_arrays(
        i_x,
        np.zeros_like(i_x),
        epochs=EPOCHS,
        n=60,
        guides=GUIDES,
        estimator="binned",
        setting=f"bin_size={bin_size}",
    )


def test_medians_and_counts_are_those_of_all_pairs(trained):
    seen = look(trained, None, layers=(1, 2))
    assert seen.marked == (0, 5, 20, 100)
    table = seen.table.set_index(["member", "epoch", "layer"])
    same = LABELS[:, None] == LABELS
    first, second = np.triu_indices(60, 1)
    kinds = {"within": same[first, second], "between": ~same[first, second]}
    for member, epoch, layer in ((0, 0, 1), (2, 20, 2), (1, 100, 1)):
        distances = pdist(activations(epoch, layer)[member])
        for name, kind in kinds.items():
            expected = np.median(distances[kind])
            assert table.loc[(member, epoch, layer), name] == pytest.approx(expected, abs=0.01)
    drawn = seen.histograms
    assert set(drawn["layer"]) == {1, 2}
    assert set(drawn["epoch"]) == set(seen.marked)
    for _, own in drawn.groupby(["epoch", "layer"]):
        assert len(own) == SHOWN
        assert own["within"].sum() == kinds["within"].sum()
        assert own["between"].sum() == kinds["between"].sum()
        assert own["bin_right"].max() == pytest.approx(2 * np.sqrt(3))
    np.testing.assert_array_equal(seen.points[100], activations(100, 2)[0])


def test_the_last_layer_is_seen_more_often_than_the_others(trained):
    table = look(trained, None, layers=(1, 2)).table
    assert set(table[table["layer"] == 1]["epoch"]) == {0, 5, 20, 100}
    assert len(set(table[table["layer"] == 2]["epoch"])) > 4


def test_members_that_diverged_are_left_out(trained):
    class Broken(Ensemble):
        def activations(self, inputs):
            for layer, values in super().activations(inputs):
                values[0, 0] = np.nan
                yield layer, values

    changed = {"at": lambda epoch, chosen: Broken(epoch), "sound": (1, 2, 3, 4, 5)}
    seen = look(SimpleNamespace(**{**vars(trained), **changed}), None, layers=(1, 2))
    assert set(seen.table["member"]) == {1, 2, 3, 4, 5}
    np.testing.assert_array_equal(seen.points[100], activations(100, 2)[1])
    i_x = np.repeat(np.linspace(3, 2, len(EPOCHS))[None, :, None], 6, axis=0).repeat(3, axis=2)
    i_x[0, 1:] = np.nan
    planes = {1e-8: plane(i_x, 1e-8), 0.1: plane(i_x, 0.1)}
    for found in findings(planes, seen, coarse=0.1, unit="nats"):
        assert "1 of 6 diverged, left out" in found.found


def test_rank_correlations_by_member():
    i_x = np.zeros((3, len(EPOCHS), 1))
    i_x[0, :, 0] = np.arange(10)
    i_x[1, :, 0] = -(np.arange(10.0) ** 3)
    rows = [(m, e, 1, float(np.sqrt(e))) for m in range(3) for e in EPOCHS]
    table = pd.DataFrame(rows, columns=["member", "epoch", "layer", "within"])
    found = correlations(plane(i_x, 0.1), table, 1)
    np.testing.assert_allclose(found, [1, -1, 0])
    lost = table[table["member"] > 0]
    assert np.isnan(correlations(plane(i_x, 0.1), lost, 1)[0]), "nothing was seen of it"


def test_claims_follow_what_is_seen(trained):
    seen = look(trained, None, layers=(1, 2))
    within = seen.table[seen.table["layer"] == 2].pivot(
        index="member", columns="epoch", values="within"
    )
    # H(Bin T) that goes with the distances, of the epochs between them too.
    known = np.array(within.columns)
    coarse = np.full((6, len(EPOCHS), 3), 2.0)
    for place, epoch in enumerate(EPOCHS):
        coarse[:, place, 1] = within[known[known <= epoch].max()]
    coarse[:, 0, 1] = coarse[:, 1, 1] - 0.5
    fine = np.full_like(coarse, GUIDES.h_x)
    planes = {1e-8: plane(fine, 1e-8), 0.1: plane(coarse, 0.1)}
    verdicts = [f.verdict for f in findings(planes, seen, coarse=0.1, unit="nats")]
    assert verdicts == ["agrees"] * 7
    turned = {1e-8: planes[0.1], 0.1: planes[1e-8]}
    verdicts = [f.verdict for f in findings(turned, seen, coarse=0.1, unit="nats")[:4]]
    assert verdicts[:2] == ["disagrees", "disagrees"]
    assert verdicts[2] == "disagrees"
