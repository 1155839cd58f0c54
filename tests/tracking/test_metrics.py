from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlflow.entities import Metric, RunTag
from mlflow.exceptions import MlflowException
from mlflow.utils.validation import _validate_metric_name
from synthetic import GUIDES, measure, train

from ib_mlflow.errors import InvalidInputError, TrackingError
from ib_mlflow.tracking.metrics import (
    Point,
    batches,
    calls,
    check_names,
    curve_points,
    non_finite_tags,
)
from ib_mlflow.trajectory import Trajectory


def rows(members: int = 5, epochs: tuple[int, ...] = (0, 7)) -> pd.DataFrame:
    generator = np.random.default_rng(3)
    shape = (members, len(epochs), 2)
    learning = ["train_loss", "train_accuracy", "val_loss", "val_accuracy"]
    return Trajectory.from_arrays(
        generator.uniform(0, 3, shape),
        generator.uniform(0, 0.6, shape),
        epochs=epochs,
        n=8,
        guides=GUIDES,
        estimator="binned",
        setting="bin_size=0.07",
        learning={name: generator.uniform(0, 1, shape[:2]) for name in learning},
    ).frame


def values(points: list[Point]) -> dict[tuple[str, int], float]:
    by_key = {(point.key, point.step): point.value for point in points}
    assert len(by_key) == len(points)
    return by_key


def test_a_curve_is_the_mean_over_the_members_under_the_bare_name() -> None:
    frame = rows()
    points, missing = curve_points(frame)
    by_key = values(points)
    assert not missing
    assert len(by_key) == 2 * (2 * 2 + 4)
    at = frame[(frame["epoch"] == 7) & (frame["layer"] == 2)]
    for quantity in ("i_x", "i_y"):
        mean = at[quantity].to_numpy().mean()
        assert by_key[f"{quantity}_nats.binned/layer_2", 7] == pytest.approx(mean, rel=1e-14)
    for quantity in ("train_loss", "train_accuracy", "val_loss", "val_accuracy"):
        unit = "_nats" if "loss" in quantity else ""
        mean = at[quantity].to_numpy().mean()
        assert by_key[f"{quantity}{unit}", 7] == pytest.approx(mean, rel=1e-14)


def test_what_an_estimator_says_of_its_error_stands_in_the_table_alone() -> None:
    known = rows(members=2).assign(estimator="sp", i_x_half=[float(k) for k in range(8)])
    names = {point.key for point in curve_points(known)[0]}
    assert {name for name in names if "sp" in name} == {
        f"{quantity}_nats.sp/layer_{layer}" for quantity in ("i_x", "i_y") for layer in (1, 2)
    }


@pytest.mark.parametrize("layers", [1, 5, 6, 7, 12, 50])
def test_a_deep_network_has_at_most_sixteen_curves(layers: int) -> None:
    frame = pd.concat(
        [rows(members=2).query("layer == 1").assign(layer=k + 1) for k in range(layers)]
    )
    points, _ = curve_points(frame)
    names = {point.key for point in points}
    assert len(names) <= 16
    assert {"i_x_nats.binned/layer_1", f"i_x_nats.binned/layer_{layers}", "val_loss_nats"} <= names


def test_several_epochs_at_once_are_the_epochs_one_by_one() -> None:
    frame = rows()
    alone = [values(curve_points(part)[0]) for _, part in frame.groupby("epoch")]
    assert values(curve_points(frame)[0]) == alone[0] | alone[1]


def test_what_is_not_finite_is_left_out_and_counted() -> None:
    frame = rows()
    diverged = frame["member"] == 2
    frame.loc[diverged, "train_loss"] = np.inf
    frame.loc[diverged & (frame["layer"] == 1), "i_x"] = np.nan
    frame.loc[frame["layer"] == 2, "i_y"] = np.nan
    points, missing = curve_points(frame)
    assert missing == Counter(
        {
            "train_loss_nats": 2,
            "i_x_nats.binned/layer_1": 2,
            "i_y_nats.binned/layer_2": 10,
        }
    )
    by_key = values(points)
    assert all(np.isfinite(list(by_key.values())))
    assert not any(name.startswith("i_y_nats.binned/layer_2") for name, _ in by_key)
    kept = frame[(frame["epoch"] == 0) & (frame["layer"] == 1) & ~diverged]
    assert by_key["i_x_nats.binned/layer_1", 0] == pytest.approx(kept["i_x"].mean(), rel=1e-14)
    assert by_key["train_loss_nats", 0] == pytest.approx(kept["train_loss"].mean(), rel=1e-14)
    tags = {tag.key: tag.value for tag in non_finite_tags(missing)}
    assert tags["ib.non_finite/train_loss_nats"] == (
        "2 values of single networks left out of the means: not finite, as of a network that "
        "diverged"
    )


def test_an_accuracy_can_be_measured_without_its_loss() -> None:
    frame = rows().assign(train_loss=np.nan)
    points, missing = curve_points(frame)
    names = {point.key for point in points}
    assert not missing
    assert "train_accuracy" in names
    assert "train_loss_nats" not in names
    # Of a diverged member neither is known, and both are counted.
    _, missing = curve_points(frame.assign(train_accuracy=np.nan))
    assert missing["train_loss_nats"] == missing["train_accuracy"] == 10


def test_without_validation_there_are_no_such_curves() -> None:
    frame = rows()
    frame[["val_loss", "val_accuracy"]] = np.nan
    points, missing = curve_points(frame)
    assert not missing
    assert not any(point.key.startswith("val_") for point in points)


def test_two_settings_of_an_estimator_would_share_a_name() -> None:
    with pytest.raises(TrackingError, match="2 settings of binned"):
        curve_points(measure(next(train(0))))


def test_batches_are_full_and_complete() -> None:
    parts = list(batches(range(2500), 1000))
    assert [len(part) for part in parts] == [1000, 1000, 500]
    assert [item for part in parts for item in part] == list(range(2500))


@given(st.text(alphabet="ab/._- :;=([)é0", max_size=8) | st.text(max_size=260))
def test_a_name_that_passes_is_a_name_that_mlflow_takes(name: str) -> None:
    try:
        check_names([name])
    except InvalidInputError:
        return
    _validate_metric_name(name)


@pytest.mark.parametrize(
    "name", ["summary/compression_nats.layer_3", "i_x_nats.binned/layer_3", "val_accuracy"]
)
def test_the_names_of_the_house_pass(name: str) -> None:
    check_names([name])


@pytest.mark.parametrize(
    "name", ["", "a(b)", "a=b", "a;b", "a[0]", "/a", "a//b", "a/../b", "x" * 251]
)
def test_names_that_mlflow_refuses_are_refused_at_once(name: str) -> None:
    with pytest.raises(InvalidInputError, match="a name has letters"):
        check_names(["fine", name])
    if len(name) <= 250:
        with pytest.raises(MlflowException):
            _validate_metric_name(name or None)


@pytest.mark.parametrize(
    ("metrics", "tags", "expected"),
    [
        (0, 0, []),
        (0, 150, [(0, 100), (0, 50)]),
        (3, 2, [(3, 2)]),
        (999, 2, [(0, 2), (999, 0)]),
        (1000, 0, [(1000, 0)]),
        (2100, 130, [(1000, 0), (1000, 0), (100, 100), (0, 30)]),
    ],
)
def test_metrics_and_tags_share_calls_within_the_limits(
    metrics: int, tags: int, expected: list[tuple[int, int]]
) -> None:
    points = [Metric("a", 1.0, 0, step) for step in range(metrics)]
    labels = [RunTag(f"tag {number}", "") for number in range(tags)]
    parts = list(calls(points, labels))
    assert [(len(of), len(with_them)) for of, with_them in parts] == expected
    assert [point for of, _ in parts for point in of] == points
    assert [label for _, with_them in parts for label in with_them] == labels
