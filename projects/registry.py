"""The studies, by name: one line registers a study."""

import difflib
from importlib import import_module
from typing import Any

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.studies.study import Study

STUDIES = {
    "main": "projects.planes.main",
    "bin_sweep": "projects.planes.bin_sweep",
    "mixed_activations": "projects.planes.mixed_activations",
    "bottleneck": "projects.planes.bottleneck",
    "data_amount": "projects.phases.data_amount",
    "random_labels": "projects.phases.random_labels",
    "leaky": "projects.planes.leaky",
    "stopping": "projects.planes.stopping",
    "pruning": "projects.planes.pruning",
    "minimal_examples": "projects.noise.minimal_examples.study",
    "noise_sweep": "projects.noise.noise_sweep",
    "bin_clustering": "projects.noise.bin_clustering",
    "mnist_noise": "projects.noise.mnist_noise.study",
    "spiral": "projects.noise.spiral",
    "estimator_comparison": "projects.noise.estimator_comparison.study",
    "phases": "projects.phases.phases",
    "depth": "projects.phases.depth",
    "batch_size": "projects.phases.batch_size",
    "full_batch": "projects.phases.full_batch",
    "irrelevant_inputs": "projects.phases.irrelevant_inputs",
    "ib_bound": "projects.phases.ib_bound",
    "invertible": "projects.phases.invertible",
    "inversion": "projects.inversion.inversion",
    "inversion_dynamics": "projects.inversion.inversion_dynamics",
    "invariance": "projects.inversion.invariance",
    "tune": "projects.tuning.tune",
    "tune_noise": "projects.tuning.tune_noise",
    "tune_decoder": "projects.tuning.tune_decoder",
}
"""The module that holds each study's `STUDY`."""


def load_study(name: str) -> Study[Any, Any]:
    """Find a study by its name.

    Arguments:
        name: as its entry point is called.

    Returns:
        The study.

    Raises:
        ConfigurationError: no study has this name.

    Example:
        >>> load_study("botleneck")
        Traceback (most recent call last):
        ib_mlflow.errors.ConfigurationError: a study must be known; received botleneck. Did you
        mean bottleneck?
    """
    if name not in STUDIES:
        nearest = difflib.get_close_matches(name, STUDIES, n=1)
        fix = f"Did you mean {nearest[0]}?" if nearest else "See: python -m projects list."
        raise ConfigurationError("a study must be known", received=name, fix=fix)
    study: Study[Any, Any] = import_module(STUDIES[name]).STUDY
    return study
