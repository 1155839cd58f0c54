import numpy as np
import pandas as pd
import pytest

from ib_mlflow.studies.judging.claims import findings_of
from ib_mlflow.studies.reporting.ensembles import Ensembles
from ib_mlflow.units import text_of
from projects.planes.bin_readings import BinSweep, Swept, stages
from projects.planes.bin_sweep import STUDY


@pytest.fixture
def swept(plane, trained):
    """A network that drifts towards the corner as bins shrink, and its output not."""

    def build(
        activation, task="szt", bins=(20, 10), output=(5, 30, 30, 10), extremes=None, late=4.05
    ):
        fine = plane([1, 2, 7, 7.9], [1, 2, 7, 7.9], [1, 1, 1, 1], setting="0.01")
        coarse = plane([1, 2, 7.8, 7.8], [1, 5, late, 4], [1, 1, 1, 1], setting="0.3")
        # The larger size first: no position says which plane is whose.
        planes = {"coarse": ({"bin_size": 0.3}, coarse), "fine": ({"bin_size": 0.01}, fine)}
        ensemble = trained(f"{task} {activation}", (activation,) * 2, planes)
        object.__setattr__(ensemble, "trajectory", fine)
        # Layer 1 changes as layer 2 does, by half as much.
        filled = [
            {"member": member, "epoch": epoch, "layer": layer, "filled": count}
            for member in range(6)
            for layer in (1, 2)
            for epoch, count in zip((0, 1000), (bins[0], bins[0] + (bins[1] - bins[0])
                                    * (1 + member / 50) * layer / 2), strict=True)
        ]  # fmt: skip
        rows = [
            {"member": member, "epoch": epoch, "layer": 3, "occupied": count * (1 + member / 50)}
            for member in range(6)
            for epoch, count in zip((0, 10, 100, 1000), output, strict=True)
        ]
        ensemble.spec.members = range(6)
        tables = pd.DataFrame(rows), pd.DataFrame(), pd.DataFrame(filled)
        return Swept(ensemble, *tables, extremes=extremes)

    return build


def findings(*swept):
    readings = BinSweep(Ensembles(None, [each.trained for each in swept]), swept)
    return findings_of(STUDY.claims, readings)


def test_the_planes_are_known_by_their_bin_sizes(swept):
    measured = swept("tanh")
    assert list(measured.by_size) == [0.01, 0.3]
    assert (measured.smallest, measured.largest, measured.last_hidden) == (0.01, 0.3, 2)
    last = measured.by_size[0.3].frame.query("epoch == 1000 and layer == 2")["i_x"]
    assert last.mean() == pytest.approx(4.005)


def test_what_the_paper_says_of_tanh_networks_is_not_judged_of_others(swept):
    judged = findings(swept("tanh"), swept("relu", bins=(10, 20)))
    of_tanh = [finding for finding in judged if finding.claim.startswith("szt tanh")]
    # Its last hidden layer drifts more than its first: the lower one, as the paper has it.
    verdicts = {finding.claim: finding.verdict for finding in of_tanh}
    assert [each for each, verdict in verdicts.items() if verdict != "agrees"] == [
        "szt tanh: the drift into the corner is stronger the higher the layer: for the first "
        "hidden layer than for the last"
    ]
    assert len(verdicts) == 6
    of_relu = [finding for finding in judged if finding.claim.startswith("szt relu")]
    assert len(of_relu) == 4
    assert "fills more bins" in of_relu[1].claim
    assert {finding.verdict for finding in of_relu} == {"agrees"}


def test_a_claim_stands_where_the_paper_shows_the_task(swept):
    drifts = [
        finding for finding in findings(swept("tanh", "mnist")) if "bins." not in finding.claim
    ]
    assert all("App. D" in finding.where for finding in drifts[:3])
    assert "of other data" in findings(swept("tanh", "digits"))[0].where


def test_relu_networks_are_filed_under_no_figure_of_tanh_networks(swept):
    drift, fill, _, output = findings(swept("relu", bins=(10, 20)))
    assert drift.where == "Sec. 2.3, of layers in general"
    assert fill.where == output.where == "Sec. 2.3; Fig. 5"
    assert findings(swept("relu", "mnist"))[1].where == "Sec. 2.3, App. D; Fig. 14"
    assert findings(swept("tanh", "mnist"))[3].where == "Sec. 2.3, App. D; Fig. 13"


def test_a_layer_on_its_way_does_not_decide_against_what_is_still_to_come(swept):
    for late, verdict in ((4.05, "disagrees"), (5, "undecided")):
        judged = findings(swept("tanh", bins=(10, 20), late=late))
        assert judged[4].verdict == verdict
    assert "training ended before" in text_of(judged[4].words, "nats")


def test_cells_that_fill_where_they_should_empty_disagree(swept):
    for layer in (0, 1):
        assert findings(swept("tanh", bins=(10, 20)))[3 + layer].verdict == "disagrees"
        assert findings(swept("relu", bins=(20, 10)))[1 + layer].verdict == "disagrees"


def test_the_last_two_hidden_layers_are_judged_each_by_its_own_bins(swept):
    measured = swept("tanh")
    own = measured.filled["layer"] == 1
    measured.filled.loc[own & (measured.filled["epoch"] == 1000), "filled"] += 40
    assert [each.verdict for each in findings(measured)[3:5]] == ["disagrees", "agrees"]
    assert "layer 1 empties its bins" in findings(measured)[3].claim


def test_more_layers_have_to_drift_the_smaller_the_bins(swept, plane):
    def between(*ends):
        measured = swept("tanh")
        measured.by_size.clear()
        for size, (first, second) in zip((0.01, 0.07, 0.3), ends, strict=True):
            measured.by_size[size] = plane([1, 9, first, first], [1, 9, second, second], [1] * 4)
        return findings(measured)[0]

    assert between((7.5, 6), (7, 6), (7, 4)).verdict == "agrees"
    # All that drift do so with bins of 0.07 already, or fewer with the smallest.
    assert between((7, 7), (7, 6), (7, 4)).verdict == "disagrees"
    assert between((7, 6), (7.5, 6), (7, 4)).verdict == "disagrees"
    # All layers have drifted: more cannot.
    assert between((7.9, 7), (7.8, 6), (7, 4)).verdict == "agrees"
    words = text_of(between((7.5, 6), (7, 6), (7, 4)).words)
    assert "of 2, that end nearer to it than with 0.3: 1.0 with 0.07, 2.0 with 0.01" in words


@pytest.mark.parametrize(
    ("output", "verdict"),
    [((5, 30, 30, 10), "agrees"), ((5, 10, 20, 30), "disagrees"), ((30, 20, 10, 5), "disagrees")],
    ids=["fills and empties", "fills", "empties"],
)
def test_the_output_fills_more_bins_at_first_and_fewer_in_the_end(swept, output, verdict):
    judged = findings(swept("relu", output=output))[-1]
    assert "fills more bins at first, and fewer in the end" in judged.claim
    assert judged.verdict == verdict


def shares(early, late):
    """By layer the share in the extreme bins at the first and the last epoch, of six networks."""
    rows = [
        (member, epoch, layer, share * (1 + member / 50))
        for epoch, of in ((0, early), (1000, late))
        for layer, share in enumerate(of, start=1)
        for member in range(6)
    ]
    return pd.DataFrame(rows, columns=["member", "epoch", "layer", "share"])


@pytest.mark.parametrize(
    ("early", "late", "verdicts"),
    [
        ((0.01, 0.02), (0.1, 0.5), ["agrees", "agrees"]),
        ((0.01, 0.6), (0.1, 0.5), ["disagrees", "agrees"]),
        ((0.01, 0.02), (0.7, 0.5), ["agrees", "disagrees"]),
    ],
)
def test_training_and_depth_put_activations_into_the_extreme_bins(swept, early, late, verdicts):
    judged = findings(swept("tanh", extremes=shares(early, late)))
    extreme = [finding.verdict for finding in judged if "extreme bins" in finding.claim]
    assert extreme == verdicts
    assert not any("extreme" in finding.claim for finding in findings(swept("tanh")))


def test_a_drift_that_cannot_be_seen_is_none(swept, plane):
    measured = swept("tanh")
    near = plane([1, 2, 7.9, 7.9], [1, 2, 7.88, 7.88], [1, 1, 1, 1], setting="0.3")
    measured.by_size[0.3] = near
    assert findings(measured)[0].verdict == "disagrees"


def test_networks_of_mixed_activations_are_judged_by_their_drift_alone(swept):
    mixed = swept("tanh")
    mixed.trained.spec.activations = ("tanh", "relu")
    assert len(findings(mixed)) == 1


def test_the_stages_are_the_first_the_half_and_the_last(plane):
    assert stages(plane([1, 2, 3, 4])) == (0, 1000, 1000)
    assert np.diff(stages(plane([1, 2, 3, 4]))).min() >= 0
