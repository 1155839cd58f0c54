import pytest

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.information import Binned
from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.running.ensembles import DescentSpec
from ib_mlflow.studies.running.groups import Group
from ib_mlflow.studies.running.perceptrons import Layers, binned_spec, mlp_spec
from ib_mlflow.training import Schedule

CONFIGURATION = TrainingConfiguration(
    members=2, seed=3, epochs=100, learning_rate=0.1, batch_size=7, initialisation="he_normal"
)


def test_an_mlp_is_as_wide_as_its_task_and_learns_as_the_configuration_says(task):
    group = Group("deep", (0,), {"plane": Binned(0.1)})
    spec = mlp_spec("deep", task, CONFIGURATION, Layers((5, 3), ("tanh", "relu")), [group])
    assert spec.build.args == ((6, 5, 3, 2),)
    assert spec.build.keywords == {
        "activation": ("tanh", "relu"), "initialisation": "he_normal",
    }  # fmt: skip
    assert spec.hidden_layers == (1, 2)
    assert spec.descent == DescentSpec(0.1, 7)
    assert spec.schedule == Schedule.geometric(100)
    assert spec.inputs.shape == (40, 6)
    assert spec.groups == (group,)


@pytest.mark.parametrize("bin_sizes", [(0.07, 0.3), (0.3, 0.07)])
def test_each_bin_size_is_a_child_of_the_same_members_whatever_their_order(task, bin_sizes):
    spec = binned_spec("tanh", task, CONFIGURATION, Layers.alike((4, 3), "tanh"), bin_sizes)
    sizes = {group.name: group.estimator("plane").bin_size for group in spec.groups}
    assert sizes == {"tanh, bin_size=0.07": 0.07, "tanh, bin_size=0.3": 0.3}
    assert {group.seeds for group in spec.groups} == {(3, 4)}


def test_a_batch_is_not_larger_than_what_is_learnt(task):
    large = CONFIGURATION.model_copy(update={"batch_size": 1 + task.train_set.n})
    with pytest.raises(ConfigurationError, match="a batch must not be larger than the training"):
        binned_spec("tanh", task, large, Layers.alike((4, 3), "tanh"), [0.07])


def test_borders_at_bounds_that_an_activation_does_not_have_are_refused_in_one_line():
    with pytest.raises(ConfigurationError, match=r"received leaky_relu\. Choose bin_origin=zero"):
        Layers.alike((4, 3), "leaky_relu").bins(0.07, "bounds")


def test_layers_of_both_kinds_have_each_its_own_borders():
    bins = Layers((4, 3), ("relu", "tanh")).bins(0.07, "bounds")
    assert [bins.at_layer(layer).value_range for layer in (1, 2, 3)] == [None, (-1, 1), (0, 1)]
    assert Layers.alike((4,), "linear").bins(0.07, "zero") == Binned(bin_size=0.07)
