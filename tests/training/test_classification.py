import numpy as np
import pytest
from scipy.special import logsumexp

from ib_mlflow.data import load, split
from ib_mlflow.errors import CheckpointError
from ib_mlflow.information import classifier_information
from ib_mlflow.networks.images.classifiers import classifier
from ib_mlflow.training.classification import class_log_probabilities, train_classifier
from ib_mlflow.training.fitting import Plan

PLAN = Plan(updates=300, batch_size=64, learning_rate=5e-3, evaluate=100)


@pytest.fixture(scope="module")
def digits():
    return split(load("digits"), test_fraction=0.3, seed=0)


@pytest.fixture(scope="module")
def trained(digits):
    network = classifier((1, 8, 8), classes=10, kernel=2, units=32, dropout=0.1, levels=17)
    return list(train_classifier(network, digits[0], validation=digits[1], plan=PLAN, seed=0))


def test_a_classifier_learns(trained, digits):
    network = trained[-1].best()
    table = class_log_probabilities(network, digits[1].inputs, batch_size=100)
    assert table.shape == (digits[1].n, 10)
    assert table.dtype == np.float64
    np.testing.assert_allclose(logsumexp(table, axis=1), 0, atol=1e-12)
    assert (table.argmax(axis=1) == digits[1].labels).mean() > 0.9
    own = table[np.arange(digits[1].n), digits[1].labels]
    assert -own.mean() == pytest.approx(trained[-1].val_loss, rel=1e-4)


def test_a_head_reads_the_class_from_a_layer(trained, digits):
    network = trained[-1].best()
    encode = network.encoder("CONV2")
    arguments = {"validation": digits[1], "encode": encode, "plan": PLAN, "seed": 0}
    *_, last = train_classifier(network.head("CONV2", seed=1), digits[0], **arguments)
    table = class_log_probabilities(last.best(), digits[1].inputs, encode=encode)
    information = classifier_information(table, digits[1].labels)
    # What a head can read has passed through the layer, and is no more than the labels hold.
    assert 1.5 < information.value < information.diagnostics["entropy"] < np.log(10)
    assert last.val_loss == pytest.approx(information.diagnostics["cross_entropy"], rel=1e-4)


def test_a_head_is_not_resumed_as_the_classifier(trained, digits):
    network = trained[-1].best()
    with pytest.raises(CheckpointError):
        train_classifier(
            network.head("FC3", seed=0),
            digits[0],
            validation=digits[1],
            encode=network.encoder("FC3"),
            plan=PLAN,
            seed=0,
            resume=trained[0].checkpoint(),
        )
