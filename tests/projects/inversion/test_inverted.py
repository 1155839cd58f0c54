"""What is inverted stands under its own task and layer, in whatever order it was asked for."""

import zlib
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from ib_mlflow.studies.decoding.fitting import (
    CLASS_LOG_PROBABILITIES,
    LOG_PROBABILITIES,
    ClassifierFit,
    DecoderFit,
)
from ib_mlflow.studies.decoding.layer_fits import HeadFit
from ib_mlflow.studies.decoding.samples import LayerSampling, NearestSampling
from ib_mlflow.studies.running.fits import FittedNetwork
from projects.inversion.inversion import Configuration
from projects.inversion.inverted import Inversion, invert

CONFIGURATION = Configuration.parse(["--scale", "toy", "--device", "cpu"])


class StandInRunner:
    """Computes nothing: every result is of random numbers that its item's name determines."""

    def __init__(self, samples_at):
        self.names, self.images = [], {}
        self.study = SimpleNamespace(log_image=self._log_image)
        self._samples_at = samples_at

    def _log_image(self, image, key, step):
        self.images[key] = image

    def spread_by_name(self, compute, items):
        return {name: self._result(item) for name, item in items.items()}

    def _result(self, item):
        if isinstance(item, LayerSampling):
            return self._samples_at(best=self._numbers(item.decoded.name).random())
        if isinstance(item, NearestSampling):
            return {"input": self._numbers(item.decoded.name).random((2, 1, 1, 14, 14))}
        self.names.append(item.name)
        numbers, n = self._numbers(item.name), item.parts.evaluation.n
        if isinstance(item, ClassifierFit | HeadFit):
            table = np.log(numbers.dirichlet(np.ones(10), n))
            network = getattr(item, "template", None)
            return FittedNetwork(network, {CLASS_LOG_PROBABILITIES: table}, 2, 2, {2: 1.0})
        if isinstance(item, DecoderFit):
            shape = (n, 10) if item.context.name == "label" else (n,)
            terms = numbers.normal(-50, 5, shape)
            return FittedNetwork(None, {LOG_PROBABILITIES: terms}, 2, 2, {2: 1.0})
        return FittedNetwork(None, {}, 2, 2, {2: 1.0})

    @staticmethod
    def _numbers(name):
        return np.random.default_rng(zlib.crc32(name.encode()))


def test_the_order_of_tasks_changes_no_number(blank, samples_at):
    tasks = [blank((1, 14, 14), 2, name) for name in ("digits", "mnist")]
    inversions = []
    for parts in (tasks, tasks[::-1]):
        runner = StandInRunner(samples_at)
        inversion = invert(runner, CONFIGURATION, parts, compared=2, pool=6)
        assert set(runner.images) == {"samples digits", "samples mnist"}
        assert "mnist label decoder" in runner.names
        assert "digits CONV2 reconstruction" in runner.names
        inversions.append({task.name: task for task in inversion.tasks})
    first, turned = inversions
    assert first["digits"].scalars != first["mnist"].scalars
    for name, task in first.items():
        assert task.scalars == turned[name].scalars
        assert task.layers == ("CONV1", "CONV2", "FC3", "LOGITS")
        for layer, samples in task.samples.items():
            again = turned[name].samples[layer]
            np.testing.assert_array_equal(samples.distances.best, again.distances.best)
        np.testing.assert_array_equal(task.nearest["input"], turned[name].nearest["input"])


def test_every_number_is_of_its_own_layer(blank, samples_at):
    runner = StandInRunner(samples_at)
    parts = blank((1, 14, 14), 2)
    (task,) = invert(runner, CONFIGURATION, [parts], compared=2, pool=6).tasks
    for name in ("CONV1", "CONV2", "FC3", "LOGITS", "nothing"):
        numbers = np.random.default_rng(zlib.crc32(f"digits {name} decoder".encode()))
        np.testing.assert_array_equal(
            task.information.terms[name], numbers.normal(-50, 5, parts.evaluation.n)
        )


def test_bounds_relative_to_the_first_layer(inverted):
    first = inverted.relative_bound("CONV1")
    assert first.value == pytest.approx(-1)
    assert first.standard_error == pytest.approx(0, abs=1e-12)
    terms = inverted.information.terms
    expected = terms["FC3"].mean() / -terms["CONV1"].mean()
    assert inverted.relative_bound("FC3").value == pytest.approx(expected)


def test_the_evidence_is_of_all_tasks(inverted):
    other = replace(inverted, parts=replace(inverted.parts, name="mnist"))
    evidence = Inversion(CONFIGURATION, [inverted, other]).evidence
    assert len(evidence.datasets) == 8
    assert evidence.metrics["summary/i_x_nats.mnist/label"] == inverted.label_bound.value
    assert "summary/negative_cross_entropy_nats.digits/nothing" in evidence.metrics
    assert evidence.summary.endswith("of digits, mnist")
