import numpy as np
import pytest

from ib_mlflow.information import kde_entropy, knn_entropy, mixture_entropy
from projects.noise.estimator_comparison.cases import COLUMNS, Setting, case_name, estimates
from projects.noise.estimator_comparison.corner_mixture import CornerMixture


def test_every_estimator_is_given_what_it_knows():
    random = np.random.default_rng(0)
    mixture = CornerMixture(3, 0.1)
    signal = mixture.draw(200, random)
    noisy = signal + 0.2 * random.normal(size=signal.shape)
    setting = Setting((200,), (0,), k=2, n_queries=1000, reference=100)
    found = estimates(signal, noisy, beta=0.2, setting=setting, seed=4)
    assert tuple(found) == COLUMNS
    assert found["sp"] == mixture_entropy(signal, beta=0.2, n_queries=1000, seed=4).value
    assert found["knn"] == knn_entropy(noisy, k=2).value
    kernel = kde_entropy(noisy)
    assert found["kde"] == kernel.value
    width = kernel.diagnostics["width"]
    assert found["kde_half"] == pytest.approx(kde_entropy(noisy, width=width / 2).value)
    assert found["kde_twice"] == pytest.approx(kde_entropy(noisy, width=2 * width).value)
    assert min(found["kde_half"], found["kde_twice"]) > found["kde"]


def test_names_tell_the_cases_apart():
    names = {case_name(CornerMixture(d, 0.02), beta) for d in (5, 10) for beta in (0.1, 0.5)}
    assert len(names) == 4
