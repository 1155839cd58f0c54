import numpy as np
import pytest
import torch

from ib_mlflow.networks import Reversible
from ib_mlflow.studies.configuration import LearningConfiguration
from ib_mlflow.studies.running.tasks import divided_task
from projects.phases.reversals import (
    inverse_error,
    parity_of,
    probe,
    reversible_ensemble,
    row_entropy,
)

RNG = np.random.default_rng(0)


def test_a_probe_reads_what_is_linear_and_nothing_else():
    rows = RNG.normal(size=(2000, 2))
    linear = (rows[:, 0] > 0).astype(int)
    corner = ((rows > 0).sum(axis=1) == 1).astype(int)
    read = probe(rows[:1000], linear[:1000], rows[1000:], linear[1000:])
    assert read.kind == "lower"
    assert np.log(2) > read.value > 0.6
    assert probe(rows[:1000], corner[:1000], rows[1000:], corner[1000:]).value < 0.02


def test_the_error_of_an_inverse_is_that_of_its_precision():
    network = Reversible((6,), classes=2, blocks=3, hidden=8)
    images = torch.rand(700, 6, generator=torch.Generator().manual_seed(0))
    assert inverse_error(network.double(), images) < 1e-14
    assert 0 < inverse_error(network.float(), images) < 1e-5


def test_equal_rows_are_one_value():
    rows = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    assert row_entropy(rows) == pytest.approx(np.log(2))
    assert row_entropy(RNG.normal(size=(64, 2))) == pytest.approx(np.log(64))


def test_noise_is_none_of_its_conditions():
    ensemble = reversible_ensemble((4,), 2, 2, 3, seeds=(0, 1), beta=[0.0, 0.0], device="cpu")
    assert ensemble.layer_names == ("blocks.0", "blocks.1", "output")
    assert not ensemble.beta.any()


def test_of_a_digit_is_left_whether_it_is_odd():
    configuration = LearningConfiguration(members=1, epochs=1)
    how = {"images": 100, "test_fraction": 0.2, "split_seed": 0}
    task = divided_task("digits", configuration, **how)
    parity = parity_of(task)
    assert parity.measured is parity.train_set
    for part, of in ((parity.train_set, task.train_set),
                     (parity.validation_set, task.validation_set)):  # fmt: skip
        assert part.inputs is of.inputs or (part.inputs == of.inputs).all()
        assert [part.classes[label] for label in part.labels] == [
            "odd" if int(of.classes[label]) % 2 else "even" for label in of.labels
        ]
