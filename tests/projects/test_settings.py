"""Where a study's claims are filed, with the paper's parameters and with others."""

import pytest

from ib_mlflow.studies.judging.settings import differences
from projects.registry import STUDIES, load_study

RESIDUAL = ["task=cifar10", "shrunk=4", "decoder_updates=480", "widths=8,16,32", "depth=1"]
REDUCED = ["shrunk=2", "binary=true"]
LESS = {
    "mnist_noise": [
        "held_out=1000",
        "images=2000",
        "epochs=16",
        "learning_rate=0.05",
        "final_learning_rate=0.005",
    ],
    "inversion": [*REDUCED, "filters=16", "decoder_updates=1000", "colour_filters=16"],
    "inversion_dynamics": [*REDUCED, "filters=16", "decoder_updates=800", "colour_filters=16"],
    "invariance": [*REDUCED, "filters=16", "decoder_updates=800", "maps=1"],
    "resnet_classifier": RESIDUAL,
    "resnet_autoencoder": RESIDUAL,
    "resnet_samples": RESIDUAL,
    "resnet_unconditional": ["task=cifar10", "shrunk=2", "decoder_updates=3000"],
}
"""Where the quick preset learns less than the paper's networks, so that claims are beyond it."""
NOT_THE_PAPERS = {"invariance": ["maps=1"]}
"""The same of the preset of the paper: its 32 maps of every digit are a parameter."""
SET = {name: study for name in STUDIES if (study := load_study(name)).setting}


def test_studies_whose_figures_have_networks_of_their_own_say_so():
    assert set(SET) >= LESS.keys() | {
        "main",
        "bottleneck",
        "stopping",
        "pruning",
        "leaky",
        "bin_sweep",
        "noise_sweep",
        "spiral",
        "mnist_noise",
    }


@pytest.mark.parametrize("scale", ["quick", "paper"])
@pytest.mark.parametrize("name", SET)
def test_the_presets_have_the_papers_setting(name, scale):
    configuration = SET[name].configuration.parse(["--scale", scale])
    amounts = (LESS if scale == "quick" else NOT_THE_PAPERS).get(name, [])
    assert differences(SET[name].setting, configuration) == amounts


@pytest.mark.parametrize(
    ("name", "arguments", "other"),
    [
        ("main", ["--activation", "relu", "--hidden", "12,8,4"], ["hidden=12,8,4"]),
        ("main", ["--activation", "leaky_relu"], ["activation=leaky_relu"]),
        ("main", ["--task", "digits", "--bin_size", "0.3"], ["task=digits", "bin_size=0.3"]),
        ("noise_sweep", ["--hidden", "8,4"], ["hidden=8,4"]),
        ("spiral", ["--betas", "0.05"], ["betas=0.05"]),
        ("bottleneck", ["--bin_size", "0.01"], ["bin_size=0.01"]),
        ("mnist_noise", ["--task", "fashion_mnist"], ["task=fashion_mnist", *LESS["mnist_noise"]]),
    ],
)
def test_other_networks_are_no_figures_of_the_paper(name, arguments, other):
    configuration = SET[name].configuration.parse(["--scale", "quick", *arguments])
    assert differences(SET[name].setting, configuration) == other
