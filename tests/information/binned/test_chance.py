"""What cells tell of labels by chance, beside shuffled labels and scikit-learn's formula."""

import numpy as np
import pytest
from sklearn.metrics.cluster import contingency_matrix, expected_mutual_information

from ib_mlflow.information import Binned, KnownLabels, binned_information, unit_information

CASES = [(50, 2, 0.3), (300, 3, 0.8), (2000, 10, 0.5), (1000, 300, 0.5), (4096, 2, 0.01)]


def sample(n, classes, seed=0):
    rng = np.random.default_rng(seed)
    return rng, rng.normal(size=(n, 2)), rng.integers(classes, size=n)


@pytest.mark.parametrize(("n", "classes", "bin_size"), CASES)
def test_chance_is_the_mean_over_shuffled_labels(n, classes, bin_size):
    rng, layer, labels = sample(n, classes)
    told = binned_information(layer, labels, bin_size=bin_size).diagnostics["i_y_by_chance"]
    shuffled = [
        binned_information(layer, rng.permutation(labels), bin_size=bin_size).i_y
        for _ in range(200)
    ]
    error = np.std(shuffled) / np.sqrt(len(shuffled))
    assert abs(told - np.mean(shuffled)) < 4 * error + 1e-12


@pytest.mark.parametrize(("n", "classes", "bin_size"), CASES)
def test_chance_is_that_of_random_clusterings(n, classes, bin_size):
    _, layer, labels = sample(n, classes, seed=1)
    bins = np.floor(layer / bin_size).astype(int)
    cells = np.unique(bins, axis=0, return_inverse=True)[1].ravel()
    expected = expected_mutual_information(contingency_matrix(labels, cells), n)
    told = binned_information(layer, labels, bin_size=bin_size).diagnostics["i_y_by_chance"]
    assert told == pytest.approx(expected, rel=1e-8, abs=1e-12)


def test_chance_has_its_limits():
    labels = np.arange(60) % 3
    for layer, labels_, expected in (
        (np.arange(60.0), labels, np.log(3)),  # a cell each: all of H(Y)
        (np.zeros(60), labels, 0.0),
        (np.arange(60.0) // 2, np.zeros(60, int), 0.0),
    ):
        measured = binned_information(layer[:, None], labels_, bin_size=1.0)
        assert measured.diagnostics["i_y_by_chance"] == pytest.approx(expected, abs=1e-12)


def test_chance_is_of_each_layer_by_itself_and_of_numbers_beyond_32_bits():
    rng, layer, labels = sample(400, 3)
    both = np.stack([layer, 5 * layer])
    told = binned_information(both, labels, bin_size=1.0).diagnostics["i_y_by_chance"]
    for index in range(2):
        alone = binned_information(both[index], labels, bin_size=1.0)
        assert told[index] == alone.diagnostics["i_y_by_chance"]
    far = 1e12 * rng.integers(5, size=(400, 1))
    near = binned_information(far / 1e12, labels, bin_size=0.5).diagnostics["i_y_by_chance"]
    wide = binned_information(far, labels, bin_size=1e2).diagnostics["i_y_by_chance"]
    assert wide == near > 0


def test_labels_of_pure_chance_are_not_reliable_where_cells_are_many():
    _, layer, labels = sample(50, 2)
    measured = binned_information(layer, labels, bin_size=0.3)
    assert measured.diagnostics["occupied"] > 40
    assert measured.i_y > 0.9 * np.log(2)  # of which nothing is true
    assert not measured.reliable
    assert not measured.estimates()[1].diagnostics["reliable"]
    assert binned_information(layer, labels, bin_size=5.0).reliable  # of a few cells it is
    units = np.concatenate([layer[:, :1], np.sign(layer[:, :1])], axis=1)
    assert unit_information(units, labels, bin_size=0.05).reliable.tolist() == [False, True]


def test_a_population_is_measured_whole_and_only_its_samples_have_chances():
    _, layer, labels = sample(50, 2)
    whole = Binned(bin_size=0.3)(layer, labels)
    assert whole.reliable
    assert not whole.diagnostics["i_y_reliable"]
    assert [estimate.diagnostics["reliable"] for estimate in whole.estimates()] == [True, False]
    known = KnownLabels(Binned(bin_size=0.3), np.eye(2)[labels])(layer, labels)
    assert all(estimate.diagnostics["reliable"] for estimate in known.estimates())
    assert "i_y_by_chance" not in known.diagnostics
