"""The judge of samples: what it learns, and how often it is right."""

import numpy as np
import pytest

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.studies.decoding.division import load_parts
from ib_mlflow.studies.decoding.fitting import CLASS_LOG_PROBABILITIES
from projects.resnet.draws import judge_accuracy, judge_fit, judge_parts
from projects.resnet.resnet_samples import Configuration


@pytest.fixture(scope="module")
def configuration():
    return Configuration.parse(["--scale", "toy", "--compared", "40"])


@pytest.fixture(scope="module")
def parts():
    """Images of all their levels, of which no two are the same."""
    return load_parts("digits", root=None, shrunk=1, binary=False, evaluated=60, seed=0)


def rows(part):
    return {row.tobytes() for row in part.inputs.reshape(part.n, -1)}


def test_the_judge_learns_no_image_that_anything_else_has_learnt(configuration, parts):
    judged = judge_parts(configuration, parts)
    drawn = {row.tobytes() for row in parts.evaluation.inputs[:40].reshape(40, -1)}
    own = [rows(judged.encoding), rows(judged.validation), rows(judged.evaluation)]
    others = [rows(parts.encoding), rows(parts.decoding), rows(parts.validation), drawn]
    assert not set.union(*own) & set.union(*others)
    assert sum(map(len, own)) == len(set.union(*own))
    # All of the 360 test images but those that are drawn for.
    assert judged.encoding.n + judged.validation.n + judged.evaluation.n == 320
    assert judge_fit(configuration, parts).parts.encoding.digest == judged.encoding.digest


def test_a_judge_without_images_is_refused(configuration):
    whole = configuration.model_copy(update={"evaluated": 360, "compared": 300})
    with pytest.raises(ConfigurationError, match=r"received compared=300 of 360\. Lower it"):
        judge_parts(whole, whole.parts("digits"))


def test_the_judges_accuracy_is_of_images_that_it_has_not_learnt(configuration, parts):
    judged = judge_parts(configuration, parts)
    n, labels = judged.evaluation.n, judged.evaluation.labels
    named = np.where(np.arange(n) < n // 4, (labels + 1) % 10, labels)
    results = {CLASS_LOG_PROBABILITIES: np.log(np.eye(10)[named] + 1e-9)}
    accuracy = judge_accuracy(type("Fitted", (), {"results": results}), judged)
    share = 1 - (n // 4) / n
    assert accuracy.value == pytest.approx(share)
    error = np.sqrt(share * (1 - share) / (n - 1))
    assert accuracy.standard_error == pytest.approx(error)
