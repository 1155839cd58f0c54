from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.entities import Metric, RunTag
from synthetic import measure, train

from ib_mlflow.tracking import buffer as module
from ib_mlflow.tracking.buffer import MetricBuffer, Pace
from ib_mlflow.tracking.metrics import curve_points

ONE = {"fine": 0.07}


def rows(epochs: int) -> list[pd.DataFrame]:
    return [measure(step, ONE) for step in train(epochs)]


def stored(store: MlflowClient, run_id: str) -> dict[tuple[str, int], float]:
    """Every point of a run, each of which must be there once."""
    points = [
        ((key, point.step), point.value)
        for key in store.get_run(run_id).data.metrics
        for point in store.get_metric_history(run_id, key)
    ]
    assert max(Counter(key for key, _ in points).values(), default=1) == 1
    return dict(points)


def expected(frames: list[pd.DataFrame]) -> dict[tuple[str, int], float]:
    return {(p.key, p.step): p.value for p in curve_points(pd.concat(frames))[0]}


def spy(
    store: MlflowClient, monkeypatch: pytest.MonkeyPatch, after: Callable[[int], None]
) -> list[int]:
    """Count the metrics of each call, and let something happen once it is done."""
    calls: list[int] = []
    log_batch = store.log_batch

    def call(run_id: str, metrics: Any = (), **more: Any) -> None:
        log_batch(run_id, metrics=metrics, **more)
        if metrics:
            calls.append(len(metrics))
            after(len(calls))

    monkeypatch.setattr(store, "log_batch", call)
    return calls


def test_all_points_arrive_in_full_calls(
    store: MlflowClient, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = spy(store, monkeypatch, lambda _: None)
    buffer = MetricBuffer(store)
    frames = rows(132)
    for frame in frames:
        buffer.add(run_id, frame)
    assert calls == []
    buffer.flush()
    assert calls == [1000, 133 * 8 - 1000]
    assert stored(store, run_id) == expected(frames)
    buffer.flush()
    assert len(calls) == 2


@pytest.mark.parametrize(
    ("seconds", "sent_by_then"),
    # The next flush waits for 50 times what the last one took, or for what comes first, 5 s.
    [(0.06, [1, 1, 1, 2, 2, 3, 3]), (0.3, [1, 1, 1, 1, 2, 3, 3])],
)
def test_points_wait_while_epochs_are_fast_and_leave_while_they_are_slow(
    store: MlflowClient,
    run_id: str,
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
    sent_by_then: list[int],
) -> None:
    now = 0.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)

    def cost(_: int) -> None:
        nonlocal now
        now += seconds

    calls = spy(store, monkeypatch, cost)
    buffer = MetricBuffer(store)
    sent = []
    for frame, pause in zip(rows(6), [0.0, 0.1, 1.0, 2.0, 2.0, 60.0, 1.0], strict=True):
        now += pause
        buffer.add(run_id, frame)
        buffer.offer()
        sent.append(len(calls))
    assert sent == sent_by_then
    buffer.flush()
    assert stored(store, run_id) == expected(rows(6))


def test_buffers_that_take_turns_wait_for_each_other(
    store: MlflowClient, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)

    def cost(_: int) -> None:
        nonlocal now
        now += 1.0

    calls = spy(store, monkeypatch, cost)
    pace, frames = Pace(), rows(3)
    first, second = MetricBuffer(store, pace), MetricBuffer(store, pace)
    other = store.create_run(store.get_run(run_id).info.experiment_id).info.run_id
    sent = []
    for moment, buffer, of, frame in (
        (0.0, first, run_id, frames[0]),  # at once, and takes a second
        (2.0, first, run_id, frames[1]),
        (3.0, second, other, frames[0]),
        (11.9, first, run_id, frames[2]),  # two have rows: they wait for 10 s
        (12.1, first, run_id, frames[3]),
        (13.2, second, other, frames[1]),  # one has: it has waited for more than 5 s
    ):
        now = moment
        buffer.add(of, frame)
        buffer.offer()
        sent.append(len(calls))
    assert sent == [1, 1, 1, 1, 2, 3]
    assert stored(store, run_id) == expected(frames)
    assert stored(store, other) == expected(frames[:2])


@pytest.mark.parametrize("failing", [1, 2])
def test_a_point_whose_call_failed_after_it_was_stored_is_there_once(
    store: MlflowClient, run_id: str, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    def fail(call: int) -> None:
        if call == failing:
            raise ConnectionError("the answer was lost")

    spy(store, monkeypatch, fail)
    buffer = MetricBuffer(store)
    frames = rows(132)
    for frame in frames:
        buffer.add(run_id, frame)
    with pytest.raises(ConnectionError):
        buffer.flush()
    buffer.flush()
    assert stored(store, run_id) == expected(frames)


def test_a_resumed_run_gets_what_it_lacks_and_nothing_twice(
    store: MlflowClient, run_id: str
) -> None:
    frames = rows(6)
    first = MetricBuffer(store)
    for frame in frames[:4]:
        first.add(run_id, frame)
    first.flush()
    second = MetricBuffer(store)
    second.resume(run_id)
    for frame in frames:
        second.add(run_id, frame)
    second.flush()
    assert stored(store, run_id) == expected(frames)


def test_two_runs_share_the_buffer_and_nothing_else(store: MlflowClient, run_id: str) -> None:
    other = store.create_run(store.get_run(run_id).info.experiment_id).info.run_id
    buffer = MetricBuffer(store)
    frames = rows(2)
    buffer.add(run_id, frames[0])
    buffer.add(other, frames[2])
    buffer.flush()
    assert stored(store, run_id) == expected([frames[0]])
    assert stored(store, other) == expected([frames[2]])


def test_what_is_not_finite_is_never_sent_and_counted_over_all_epochs(
    store: MlflowClient, run_id: str
) -> None:
    buffer = MetricBuffer(store)
    for frame in rows(2):
        frame.loc[frame["member"] == 1, "train_loss"] = np.inf
        buffer.add(run_id, frame)
        buffer.flush()
    assert all(np.isfinite(list(stored(store, run_id).values())))
    assert store.get_run(run_id).data.tags["ib.non_finite/train_loss_nats"].startswith("3 values ")


def test_rows_that_have_just_come_wait_for_the_pace_however_old_the_last_flush(
    store: MlflowClient, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)

    def cost(_: int) -> None:
        nonlocal now
        now += 1.0

    calls = spy(store, monkeypatch, cost)
    buffer = MetricBuffer(store)
    sent = []
    # A flush takes a second, so the next is due after ten, or when rows have waited for five.
    for frame, pause in zip(rows(3), [0.0, 6.0, 2.0, 3.0], strict=True):
        now += pause
        buffer.add(run_id, frame)
        buffer.offer()
        sent.append(len(calls))
    assert sent == [1, 1, 1, 2]
    assert stored(store, run_id) == expected(rows(3))


def test_what_a_run_came_to_leaves_with_its_points_in_one_call_and_once(
    store: MlflowClient, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(call: int) -> None:
        if call == 1:
            raise ConnectionError("the answer was lost")

    calls = spy(store, monkeypatch, fail)
    buffer = MetricBuffer(store)
    frames = rows(1)
    for frame in frames:
        buffer.add(run_id, frame)
    buffer.summarise(run_id, [Metric("summary/a", 0.5, 7, 0)], [RunTag("ib.trial", "3")])
    with pytest.raises(ConnectionError):
        buffer.flush()
    buffer.flush()
    buffer.flush()
    assert len(calls) == 2
    assert stored(store, run_id) == expected(frames) | {("summary/a", 0): 0.5}
    assert store.get_run(run_id).data.tags["ib.trial"] == "3"
