"""Estimators take arrays of the CPU; kernel sums over all pairs may be added up on a GPU."""

import numpy as np
import pytest
import torch

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import (
    KDE,
    Binned,
    cosine_similarities,
    decoder_information,
    entropy,
    kde_entropy,
    kl_divergence,
    knn_entropy,
    ksg_information,
    mixture_entropy,
    mixture_entropy_bounds,
    mutual_information,
    nearest_rows,
    noisy_information,
)
from ib_mlflow.information.mixture.cuda import torch_log_sums
from ib_mlflow.information.mixture.density import all_pairs
from ib_mlflow.information.mixture.tree import grow_tree
from ib_mlflow.networks import mlp
from ib_mlflow.training.decoders import Pairs
from ib_mlflow.training.fitting import Samples

LABELS = np.arange(40) % 3
ROWS = np.random.default_rng(0).normal(size=(40, 4))


@pytest.mark.parametrize("d", [1, 5])
def test_sums_over_all_pairs_are_those_of_the_compiled_code(device, d):
    random = np.random.default_rng(d)
    tree = grow_tree(20 * random.normal(size=(d, 3000)), random.dirichlet(np.ones(3000)))
    queries = tree.points[:, :2000].T + random.normal(size=(2000, d))
    sums = torch_log_sums(tree, queries, device)
    np.testing.assert_allclose(sums, all_pairs(tree, queries).values, rtol=0, atol=1e-10)


@pytest.mark.parametrize("method", ["brute", "tree", "auto"])
def test_entropies_of_mixtures_are_those_of_the_cpu(device, method):
    arguments = {"beta": 0.3, "n_queries": 2000, "seed": 0, "method": method}
    centres = np.random.default_rng(0).normal(size=(3000, 3))
    expected = mixture_entropy(centres, device="cpu", **arguments)
    estimate = mixture_entropy(centres, device=str(device), **arguments)
    # Where a GPU is, "auto" may sum over pairs what the CPU sends down the tree.
    atol = 2e-3 if method == "auto" else 1e-10
    np.testing.assert_allclose(estimate.value, expected.value, rtol=0, atol=atol)
    np.testing.assert_allclose(estimate.standard_error, expected.standard_error, atol=atol)


def estimates(values, labels):
    """What each function makes of activations and labels, by name."""

    def propagate(inputs, *, seed, repeats=1):
        yield 1, values

    return {
        "Binned": lambda: Binned(bin_size=0.1)(values, labels),
        "KDE": lambda: KDE(variance=0.1, bound="upper")(values, labels),
        "labels": lambda: Binned(bin_size=0.1)(ROWS, labels),
        "cosine_similarities": lambda: cosine_similarities(values, ROWS),
        "decoder_information": lambda: decoder_information(values[:, 0], dimensions=4),
        "entropy": lambda: entropy(labels),
        "kde_entropy": lambda: kde_entropy(values, width=0.3),
        "kl_divergence": lambda: kl_divergence(labels, labels),
        "knn_entropy": lambda: knn_entropy(values, k=3),
        "ksg_information": lambda: ksg_information(values, ROWS, k=3),
        "mixture_entropy": lambda: mixture_entropy(values, beta=0.3, n_queries=100, seed=0),
        "mixture_entropy_bounds": lambda: mixture_entropy_bounds(values, beta=0.3),
        "mutual_information": lambda: mutual_information(labels, LABELS),
        "nearest_rows": lambda: nearest_rows(values, [ROWS], k=1),
        "noisy_information": lambda: list(
            noisy_information(propagate, ROWS, LABELS, beta=0.3, seed=0, repeats=4, n_queries=100)
        ),
        "ensemble": lambda: mlp((4, 2), device="cpu").logits(values),
        "samples": lambda: Samples([values], torch.device("cpu")),
        "pairs": lambda: Pairs(values),
    }


@pytest.mark.parametrize("name", estimates(ROWS, LABELS))
def test_tensors_of_a_gpu_are_refused_in_words(elsewhere, name):
    with pytest.raises(InvalidInputError):
        estimates(elsewhere(ROWS), elsewhere(LABELS))[name]()
