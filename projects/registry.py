"""The studies, by name: one line registers a study."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.likeness import nearest

if TYPE_CHECKING:
    from ib_mlflow.studies.study import Study

PROGRAM = "ib-mlflow" if "." in __name__.removesuffix(".registry") else "python -m projects"
"""What a user types before the name of a study, installed or in a checkout."""

STUDIES = {
    "main": "planes.main",
    "bin_sweep": "planes.bin_sweep",
    "mixed_activations": "planes.mixed_activations",
    "bottleneck": "planes.bottleneck",
    "data_amount": "phases.data_amount",
    "random_labels": "phases.random_labels",
    "leaky": "planes.leaky",
    "stopping": "planes.stopping",
    "pruning": "planes.pruning",
    "minimal_examples": "noise.minimal_examples.study",
    "noise_sweep": "noise.noise_sweep",
    "bin_clustering": "noise.bin_clustering",
    "mnist_noise": "noise.mnist_noise.study",
    "spiral": "noise.spiral",
    "estimator_comparison": "noise.estimator_comparison.study",
    "phases": "phases.phases",
    "depth": "phases.depth",
    "batch_size": "phases.batch_size",
    "full_batch": "phases.full_batch",
    "irrelevant_inputs": "phases.irrelevant_inputs",
    "ib_bound": "phases.ib_bound",
    "invertible": "phases.invertible",
    "inversion": "inversion.inversion",
    "inversion_dynamics": "inversion.inversion_dynamics",
    "invariance": "inversion.invariance",
    "resnet_classifier": "resnet.resnet_classifier",
    "resnet_autoencoder": "resnet.resnet_autoencoder",
    "resnet_samples": "resnet.resnet_samples",
    "resnet_unconditional": "resnet.resnet_unconditional",
    "tune": "tuning.tune",
    "tune_noise": "tuning.tune_noise",
    "tune_decoder": "tuning.tune_decoder",
}
"""The module, under this package, that holds each study's `STUDY`."""


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
        meant = nearest(name, STUDIES)
        fix = f"Did you mean {meant}?" if meant else f"See: {PROGRAM} list."
        raise ConfigurationError("a study must be known", received=name, fix=fix)
    study: Study[Any, Any] = import_module(f"{__package__}.{STUDIES[name]}").STUDY
    return study
