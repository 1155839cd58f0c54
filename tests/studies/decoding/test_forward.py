from dataclasses import dataclass

import numpy as np
import pytest
import torch

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import ResNet
from ib_mlflow.studies.decoding.division import load_parts
from ib_mlflow.studies.decoding.forward import (
    HEAD,
    PROBE,
    ForwardCurves,
    Readers,
    StagedNetwork,
    forward_curves,
)
from ib_mlflow.studies.decoding.stages import StagedFit, network_stages
from ib_mlflow.training.fitting import Plan

LAYERS = ("h1", "h3")
SGD = {"optimiser": "sgd", "momentum": 0.9, "weight_decay": 5e-4, "decay": "cosine"}


@dataclass
class InTurn:
    """A runner whose jobs are computed one after another, in memory."""

    study: object

    def spread_by_name(self, compute, items):
        return {name: compute(self.study, item) for name, item in items.items()}


@pytest.fixture
def learnt(configuration, kept_jobs):
    parts = load_parts("digits", root=None, shrunk=1, binary=False, evaluated=300, seed=0)
    network = ResNet(parts.shape, 10, widths=(6, 12), blocks=1, levels=parts.levels, seed=0)
    plan = Plan(updates=60, batch_size=64, learning_rate=0.1, evaluate=60, **SGD)
    fit = StagedFit("resnet", parts, parts.encoding, network, plan, configuration, {})
    stages = network_stages(kept_jobs, fit)
    probes = Plan(updates=60, learning_rate=0.03)
    readers = Readers(LAYERS, plan, probes)
    networks = {7: StagedNetwork("digits 7", stages, configuration)}
    curves = forward_curves(InTurn(kept_jobs), parts, networks, readers)
    assert list(curves) == [7]
    return parts, stages, curves[7], kept_jobs


def test_layers_of_a_residual_network_are_read_over_training(learnt):
    parts, stages, curves, jobs = learnt
    assert list(stages) == [0, 60]
    ceiling = curves.own_information(60).diagnostics["entropy"]
    heads = {place: curves.information(place[0], place[1], place[2]) for place in curves.tables}
    assert len(heads) == 2 * 2 * 2
    for estimate in heads.values():
        assert estimate.kind == "lower"
        assert estimate.value < ceiling + 1e-9
    # Heads of any stage learn; the classifier itself knows the classes only at the end.
    assert curves.own_information(0).value < 0.2
    assert curves.own_information(60).value > 1.4
    assert curves.information(60, "h3").value > 1.4
    # Before training layers are small and hold much: a bound near 0 would be the reader's fault.
    scale = float(stages[0].encoder("h3")(torch.tensor(parts.evaluation.inputs)).std())
    assert scale < 0.2
    assert curves.information(0, "h3").value > 0.5
    # The last layer becomes linearly separable: more than four errors in pairs.
    change = curves.change("h3", 0, 60, PROBE)
    assert change.value > 4 * change.standard_error > 0
    assert curves.stages == [0, 60]
    heads = curves.terms(60, "h3").mean() + ceiling
    assert heads == pytest.approx(curves.information(60, "h3").value, abs=1e-9)
    assert curves.own_terms(60).mean() + ceiling == pytest.approx(
        curves.own_information(60).value, abs=1e-9
    )
    by_hand = curves.information(60, "h3", PROBE).value - curves.information(0, "h3", PROBE).value
    assert change.value == pytest.approx(by_hand, rel=1e-9)
    names = {job.name for job in jobs.jobs.values()}
    assert len(names) == len(jobs.jobs) == 1 + 8
    assert {"digits 7, 60 updates, h1 head", "digits 7, 60 updates, h1 probe"} <= names
    job = jobs.named("digits 7, 60 updates, h1 head")
    assert job.spec.identity["data"]["decoding"] == parts.decoding.digest


def test_what_was_not_measured_is_refused_with_the_nearest():
    table = np.log(np.full((4, 2), 0.5))
    curves = ForwardCurves(
        np.array([0, 1, 0, 1]),
        {(0, "h1", HEAD): table, (100, "h1", HEAD): table},
        {0: table, 100: table},
    )
    assert curves.change("h1", 0, 100).value == 0
    with pytest.raises(InvalidInputError, match=r"one of 0, 100 updates; received 90\. Did.*100"):
        curves.information(90, "h1")
    with pytest.raises(InvalidInputError, match=r"received 7\. Did you mean 0\?"):
        curves.own_information(7)
    with pytest.raises(InvalidInputError, match="among h1 by head; received h2 by head"):
        curves.information(0, "h2")


def test_a_network_that_names_no_class_has_no_likelihood_of_one():
    table = np.log(np.full((4, 2), 0.5))
    curves = ForwardCurves(np.array([0, 1, 0, 1]), {(0, "h1", HEAD): table}, {})
    assert curves.stages == [0]
    assert curves.information(0, "h1").value == pytest.approx(0)
    with pytest.raises(InvalidInputError, match="a network that names classes"):
        curves.own_information(0)
    with pytest.raises(InvalidInputError, match=r"one of 0 updates; received 7\. Did you mean 0"):
        curves.information(7, "h1")
