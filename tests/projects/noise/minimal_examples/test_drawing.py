import numpy as np

from projects.noise.minimal_examples.drawing import draw
from projects.noise.minimal_examples.examples import WEIGHTS


def test_figures_are_named_by_their_chains_and_in_the_readers_unit(readings):
    figures = draw(readings)
    assert set(figures) == {
        "densities_tanh_neuron.png",
        "information_by_weight.png",
        "information_leaky_ReLU_pair.png",
        "information_tanh_neuron.png",
        "motion_leaky_ReLU_pair.png",
        "motion_tanh_neuron.png",
        "weights_leaky_ReLU_pair.png",
    }
    axes = figures["information_by_weight.png"].axes[0]
    assert axes.get_ylabel() == "I(X;T) [bits]"
    np.testing.assert_allclose(axes.lines[0].get_ydata(), np.sin(WEIGHTS) / np.log(2))
    parameters = figures["weights_leaky_ReLU_pair.png"].axes[0]
    lines = {line.get_label(): line.get_ydata() for line in parameters.lines}
    np.testing.assert_array_equal(lines["w1"], readings.pair.w(1)[0])
    np.testing.assert_array_equal(lines["b2"], readings.pair.b(2)[0])
    assert (
        figures["densities_tanh_neuron.png"].axes[0].get_title(loc="left").startswith("epoch 250")
    )
