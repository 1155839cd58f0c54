import numpy as np
import pandas as pd
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures import gradient_phases, phase_paths
from ib_mlflow.trajectory import Guides, Trajectory

EPOCHS = np.array([0, 1, 10, 100])
NORMS = pd.concat(
    pd.DataFrame(
        {
            "member": member,
            "epoch": EPOCHS,
            "layer": layer,
            "mean": [np.nan, 0.3, 0.1, 0.01],
            "std": [np.nan, 0.1 * (member + 1), 0.2, 0.2],
            "snr": [np.nan, 3.0, 0.5, 0.05],
        }
    )
    for member in (0, 1)
    for layer in (1, 2)
)
TURNS = pd.DataFrame({"layer": [1, 1, 2, 2], "peak": [np.nan] * 2 + [10, 20], "fall": [5.0] * 4})


def plane(i_x):
    curves = np.asarray(i_x, np.float64)[:, :, None]
    return Trajectory.from_arrays(
        curves,
        curves / 10,
        epochs=EPOCHS.tolist(),
        n=1000,
        guides=Guides(6.9, 0.69, 0.69),
        estimator="binned",
        setting="bin_size=0.07",
    )


def test_each_layer_has_its_norms_its_ratio_and_its_turns():
    figure = gradient_phases(NORMS, TURNS)
    above, below = figure.axes[:2], figure.axes[2:]
    assert [axes.get_title(loc="left") for axes in above] == ["layer 1", "layer 2"]
    mean, std, *turns = above[0].lines
    np.testing.assert_allclose(mean.get_ydata(), [0.3, 0.1, 0.01])
    np.testing.assert_allclose(std.get_ydata(), [0.15, 0.2, 0.2])
    assert [line.get_label() for line in turns] == ["steepest fall of SNR"], "its peak is unknown"
    peak = next(line for line in below[1].lines if line.get_label() == "largest I(X;T)")
    assert peak.get_xdata()[0] == 15
    assert {axes.get_yscale() for axes in figure.axes} == {"log"}


def test_heights_are_named_where_they_span_less_than_a_decade():
    figure = gradient_phases(NORMS.assign(snr=[np.nan, 0.3, 0.25, 0.22] * 4), TURNS)
    low, high = figure.axes[2].get_ylim()
    named = [tick for tick in figure.axes[2].get_yticks() if low <= tick <= high]
    assert named


def test_what_is_nowhere_known_is_left_out():
    figure = gradient_phases(NORMS.assign(snr=np.inf), TURNS)
    assert "SNR, their ratio" not in [line.get_label() for line in figure.axes[2].lines]


@pytest.mark.parametrize("norms", [NORMS.drop(columns="snr"), NORMS[NORMS["epoch"] == 0]])
def test_what_is_not_there_is_refused(norms):
    with pytest.raises(InvalidInputError, match="gradients are drawn of epochs"):
        gradient_phases(norms, TURNS)


def test_a_path_drifts_to_its_peak_and_then_diffuses():
    figure = phase_paths(plane([[1, 2, 4, 3], [1, 2, 6, 5]]))
    [axes] = figure.axes
    lines = {line.get_label(): line for line in axes.lines}
    np.testing.assert_allclose(lines["drift, A to C"].get_xdata(), [1, 2, 5])
    np.testing.assert_allclose(lines["diffusion, C to E"].get_xdata(), [5, 4])
    assert [text.get_text() for text in axes.texts] == ["A", "C", "E"]


def test_a_path_of_members_that_all_diverged_has_no_letters():
    [axes] = phase_paths(plane([[np.nan] * 4, [np.nan] * 4])).axes
    assert not axes.texts


def test_paths_are_of_one_setting():
    two = {name: plane([[1, 2, 4, 3]]) for name in ("one", "other")}
    with pytest.raises(InvalidInputError, match="one estimator and setting"):
        phase_paths(two)
