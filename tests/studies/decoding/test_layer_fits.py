import pickle

import numpy as np
import pytest

from ib_mlflow.studies.decoding.fitting import CLASS_LOG_PROBABILITIES
from ib_mlflow.studies.decoding.layer_fits import HeadFit, ReconstructionFit
from ib_mlflow.studies.running.fits import run_fit


@pytest.mark.parametrize(("kind", "unit"), [(HeadFit, "nats"), (ReconstructionFit, "mse")])
def test_both_are_fitted_to_what_a_layer_makes_of_the_decoding_part(
    kind, unit, layer, digits, configuration, kept_jobs
):
    fit = kind(digits, layer, configuration, configuration.helper_plan())
    fitted = run_fit(kept_jobs, pickle.loads(pickle.dumps(fit)))
    name = f"digits FC3 {'head' if kind is HeadFit else 'reconstruction'}"
    job = kept_jobs.named(name)
    assert job.spec.parameters == {"updates": 2, "task": "digits", "context": "FC3", "seed": 0}
    assert job.spec.identity["data"]["decoding"] == digits.decoding.digest
    assert job.spec.identity["context"] == layer.identity
    assert f"val_loss_{unit}" in job.history[0][1]
    if kind is HeadFit:
        table = fitted.results[CLASS_LOG_PROBABILITIES]
        np.testing.assert_allclose(np.exp(table).sum(axis=1), 1)
    else:
        assert fitted.results == {}


def test_a_head_and_a_reconstruction_of_one_layer_are_two_children(
    layer, digits, configuration, kept_jobs
):
    for kind in (HeadFit, ReconstructionFit):
        run_fit(kept_jobs, kind(digits, layer, configuration, configuration.helper_plan()))
    assert len(kept_jobs.jobs) == 2
