import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures import similarity_histograms


@pytest.fixture
def cosines():
    rng = np.random.default_rng(0)
    return {
        model: {layer: 1 - width * rng.random((2, 500)) for layer in (1, 2, 3)}
        for model, width in (("noisy, β = 0.05", 0.3), ("dropout", 0.6))
    }


def test_a_panel_per_layer_and_a_curve_per_model(cosines):
    figure = similarity_histograms(cosines)
    panels = figure.axes
    assert [axes.get_title(loc="left") for axes in panels] == ["layer 1", "layer 2", "layer 3"]
    for axes, layer in zip(panels, (1, 2, 3), strict=True):
        assert [patch.get_label() for patch in axes.patches] == list(cosines)
        for patch, mark, model in zip(axes.patches, axes.lines, cosines, strict=True):
            counts, edges, _ = patch.get_data()
            expected, _ = np.histogram(cosines[model][layer], edges)
            np.testing.assert_allclose(counts, 100 * expected / 1000)
            assert counts.sum() == pytest.approx(100)
            assert mark.get_xdata()[0] == pytest.approx(cosines[model][layer].mean())
    assert figure.get_suptitle() == "similarity to the noiseless model"
    assert panels[0].get_xlabel() == "cosine similarity"


def test_negative_similarities_are_inside(cosines):
    cosines["opposite"] = {layer: [-1.0, 1.0] for layer in (1, 2, 3)}
    counts, edges, _ = similarity_histograms(cosines).axes[0].patches[-1].get_data()
    assert edges[0] == -1
    assert counts[[0, -1]].tolist() == [50, 50]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"a": {}},
        {"a": {1: []}},
        {"a": {1: [1.5]}},
        {"a": {1: [np.nan]}},
        {"a": {1: [0.5]}, "b": {2: [0.5]}},
    ],
)
def test_what_is_no_set_of_cosines_is_refused(wrong):
    with pytest.raises(InvalidInputError, match="cosines from -1 to 1"):
        similarity_histograms(wrong)
