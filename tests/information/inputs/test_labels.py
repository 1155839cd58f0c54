import numpy as np
import pytest

from ib_mlflow.information import mutual_information
from ib_mlflow.information.inputs.labels import LARGEST_CHANCE, chance_information, labels_suffice


@pytest.mark.parametrize(("labels", "n"), [(2, 100), (3, 60), (10, 1000), (16, 400), (30, 400)])
def test_it_is_what_a_layer_of_as_many_cells_shows_by_chance(labels, n):
    random, y = np.random.default_rng(0), np.arange(n) % labels
    shown = [mutual_information(random.permutation(y), y).value for _ in range(200)]
    expected = np.mean(shown) / np.log(labels)
    assert chance_information(np.bincount(y)) == pytest.approx(expected, rel=0.2)


@pytest.mark.parametrize("n", [2, 3, 10, 4096])
def test_labels_of_their_own_never_suffice(n):
    assert not labels_suffice(np.ones(n, np.int64))


@pytest.mark.parametrize("labels", range(1, 11))
def test_few_labels_of_many_samples_suffice(labels):
    assert labels_suffice(np.bincount(np.arange(4096) % labels))


def test_a_single_label_has_nothing_to_know():
    assert chance_information(np.array([1])) == chance_information(np.array([0, 12, 0])) == 0


def test_rare_labels_count_by_their_share_of_the_samples():
    few = np.append([2000, 2046], np.ones(50, np.int64))
    half = np.append([2048], np.ones(2048, np.int64))
    assert chance_information(few) < 0.02
    assert labels_suffice(few)
    assert chance_information(half) > LARGEST_CHANCE


def test_labels_without_samples_are_passed_over():
    counts = np.array([5, 0, 7, 0, 0, 1])
    assert chance_information(counts) == chance_information(counts[counts > 0])


def test_more_samples_of_each_label_leave_less_to_chance():
    shares = [chance_information(np.full(20, samples)) for samples in (5, 10, 50, 1000)]
    assert shares == sorted(shares, reverse=True)
    assert 0 < shares[-1] < shares[0] <= 1
