"""The ensembles of noisy networks."""

import pytest

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.studies.running.groups import PLANE, Condition
from ib_mlflow.studies.running.tasks import whole_task
from projects.noise.networks import BINNED, noisy_spec
from projects.noise.spiral import Configuration


def configuration_of(**given):
    words = [word for name, value in given.items() for word in (f"--{name}", str(value))]
    return Configuration.parse(["--scale", "toy", *words])


def test_every_noise_has_a_child_with_each_strength_and_bins_of_its_own():
    configuration = configuration_of(betas="0.1,0.02", orthonormality="0,5e-5,0.001", members=2)
    spec = noisy_spec(whole_task("spiral", configuration), "tanh", configuration)
    assert [group.name for group in spec.groups] == [
        f"tanh, beta={beta}{weights}"
        for beta in ("0.1", "0.02")
        for weights in ("", ", orthonormal", ", orthonormality=0.001")
    ]
    group = spec.group("tanh, beta=0.02, orthonormal")
    assert group.condition == Condition(beta=0.02, orthonormality=5e-5)
    assert group.estimators[PLANE].name == "sp"
    assert group.estimators[BINNED].setting == "bin_size=0.2"
    assert group.seeds == (0, 1)
    assert spec.schedule.epochs[-1] == configuration.epochs


@pytest.mark.parametrize("name", ["betas", "orthonormality"])
def test_a_value_that_stands_twice_is_refused(name):
    with pytest.raises(ConfigurationError, match=f"{name}: name each value once"):
        configuration_of(**{name: "0.1,0.1"})
