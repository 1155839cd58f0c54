import numpy as np
import pytest
from scipy import stats

from ib_mlflow.data import load, random_labels, sample_labels
from ib_mlflow.errors import InvalidInputError


@pytest.fixture(scope="module")
def digits():
    return load("digits")


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_a_share_of_the_labels_is_drawn_from_all_classes_alike(digits, share):
    changed = np.mean(
        [(random_labels(digits, share=share, seed=seed) != digits.labels) for seed in range(20)]
    )
    spread = np.sqrt(share * 0.9 * (1 - share * 0.9) / (20 * digits.n))
    assert abs(changed - share * 0.9) <= 4 * spread


def test_random_labels_tell_nothing_of_the_true_ones(digits):
    labels = random_labels(digits, share=1, seed=3)
    table = np.zeros((10, 10))
    np.add.at(table, (labels, digits.labels), 1)
    assert stats.chi2_contingency(table).pvalue > 0.001


def test_a_larger_share_holds_what_a_smaller_one_drew(digits):
    small, large, whole = (random_labels(digits, share=s, seed=1) for s in (0.2, 0.6, 1.0))
    moved = small != digits.labels
    assert (large[moved] == small[moved]).all()
    assert (large == np.where(large != digits.labels, whole, digits.labels)).all()


def test_labels_follow_from_the_seed_and_leave_the_dataset(digits):
    before = digits.labels.copy()
    one, again, other = (random_labels(digits, share=0.5, seed=seed) for seed in (0, 0, 1))
    assert (one == again).all()
    assert (one != other).any()
    assert (digits.labels == before).all()


@pytest.mark.parametrize("share", [-0.1, 1.1, np.nan, "half"])
def test_a_share_outside_is_refused(digits, share):
    with pytest.raises(InvalidInputError, match=r"share must lie in \[0, 1\]"):
        random_labels(digits, share=share, seed=0)


def test_labels_are_drawn_from_the_distribution_of_each_sample():
    rows = np.repeat([[0.2, 0.5, 0.3], [1.0, 0.0, 0.0]], 20_000, axis=0)
    labels = sample_labels(rows, seed=1)
    shares = np.bincount(labels[:20_000], minlength=3) / 20_000
    np.testing.assert_allclose(shares, rows[0], atol=4 * 0.5 / np.sqrt(20_000))
    assert not labels[20_000:].any()
    np.testing.assert_array_equal(labels, sample_labels(rows, seed=1))
    assert (labels != sample_labels(rows, seed=2)).any()


@pytest.mark.parametrize("rows", [[[0.5, 0.4]], [[1.5, -0.5]], [[np.nan, 1.0]], [0.5, 0.5]])
def test_labels_are_drawn_from_distributions_only(rows):
    with pytest.raises(InvalidInputError, match="conditionals must be"):
        sample_labels(np.array(rows), seed=0)
