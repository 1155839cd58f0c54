import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.special import log_softmax

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import classifier_information
from ib_mlflow.information.decoders.posterior import discrete_information


def gaussian_world(generator, n, classes=3):
    """x = class + noise; the table is that of a model with the wrong width."""
    own = generator.choice(classes, n, p=[0.5, 0.3, 0.2])
    x = own + generator.normal(0, 0.8, n)
    return -0.5 * (x[:, None] - np.arange(classes)) ** 2 / 0.5, own


@pytest.mark.parametrize("prior", [None, [0.5, 0.3, 0.2]])
def test_standard_errors_are_those_of_repetition(prior):
    generator = np.random.default_rng(1)
    estimates = [
        discrete_information(*gaussian_world(generator, 200), prior=prior) for _ in range(3000)
    ]
    spread = np.std([estimate.value for estimate in estimates], ddof=1)
    claimed = np.sqrt(np.mean([estimate.standard_error**2 for estimate in estimates]))
    assert claimed == pytest.approx(spread, rel=4 / np.sqrt(2 * len(estimates)))


def test_the_entropy_of_the_labels_is_a_ceiling():
    table = np.where(np.eye(4, dtype=bool), 0.0, -1e4)
    own = np.array([0, 1, 2, 3] * 5)
    estimate = discrete_information(table[own], own)
    assert estimate.value == pytest.approx(np.log(4))
    assert estimate.standard_error == pytest.approx(0, abs=1e-12)
    assert estimate.diagnostics["accuracy"] == 1
    assert discrete_information(table[own], (own + 1) % 4).value < -1000


def test_a_constant_in_every_row_does_not_matter():
    table, own = gaussian_world(np.random.default_rng(2), 50)
    shift = np.random.default_rng(3).normal(0, 500, (50, 1))
    estimate, shifted = discrete_information(table, own), discrete_information(table + shift, own)
    assert estimate.value == pytest.approx(shifted.value, abs=1e-9)


@example(seed=4953)  # a row that would be empty but for the one that is added
@given(seed=st.integers(0, 2**32 - 1))
def test_a_classifier_says_at_most_what_there_is(seed):
    """The sample is the whole world: H(Y) - H(Y|h) is the truth, reached by the frequencies."""
    generator = np.random.default_rng(seed)
    counts = generator.integers(0, 5, (4, 3)) + np.eye(3, dtype=int)[[0, 1, 2, 0]]
    h, y = (index.repeat(counts.ravel()) for index in np.indices(counts.shape).reshape(2, -1))
    joint = counts / counts.sum()
    truth = sum(
        joint[i, j] * np.log(joint[i, j] / joint[i].sum() / joint[:, j].sum())
        for i, j in zip(*np.nonzero(joint), strict=True)
    )
    with np.errstate(divide="ignore"):
        best = np.log(counts / counts.sum(axis=1, keepdims=True))
    assert classifier_information(best[h], y).value == pytest.approx(truth, abs=1e-12)
    other = log_softmax(generator.normal(size=counts.shape) * 3, axis=1)
    assert classifier_information(other[h], y).value <= truth + 1e-12


def test_a_classifiers_standard_error_is_that_of_repetition():
    generator = np.random.default_rng(4)
    estimates = []
    for _ in range(3000):
        table, own = gaussian_world(generator, 200)
        estimates.append(classifier_information(log_softmax(table, axis=1), own))
    spread = np.std([estimate.value for estimate in estimates], ddof=1)
    claimed = np.sqrt(np.mean([estimate.standard_error**2 for estimate in estimates]))
    assert claimed == pytest.approx(spread, rel=4 / np.sqrt(2 * len(estimates)))


@pytest.mark.parametrize(
    ("table", "labels", "message"),
    [
        (np.zeros((2, 2)), [0, 1], "sum to 1"),
        (np.log(np.full(2, 0.5)), [0, 1], r"\(n, c\)"),
        (np.full((2, 2), np.nan), [0, 1], r"\(n, c\)"),
        (np.log(np.full((2, 2), 0.5)), [0, 2], "one value"),
        (np.log(np.full((2, 2), 0.5)), [0], "one value"),
        (np.array([[0.0, -np.inf], [0.0, -np.inf]]), [0, 1], "above zero"),
    ],
)
def test_what_is_no_classifier_is_refused(table, labels, message):
    with pytest.raises(InvalidInputError, match=message):
        classifier_information(table, labels)
