import os
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
import torch
from mlflow import MlflowClient
from mlflow.entities import LoggedModel
from synthetic import GUIDES, INPUTS, Step, child, measure, restore, train

from ib_mlflow.errors import CheckpointError, InvalidInputError
from ib_mlflow.tracking import Models, Recording, models, open_study
from ib_mlflow.tracking.milestones import best_epoch, is_milestone
from ib_mlflow.tracking.server_log import silence_remarks

EXAMPLE = np.linspace(0, 1, 5 * INPUTS, dtype=np.float32).reshape(5, INPUTS)
DATASETS = {"training": ("learnt", "a" * 64), "validation": ("held out", "b" * 64)}
EPOCHS = 12
STEPS = list(train(EPOCHS))


def accuracy(step: Step) -> float:
    return float(measure(step)["val_accuracy"].mean())


BEST = max(STEPS, key=accuracy).epoch
assert BEST not in (0, 1, 3, 10, EPOCHS)  # so that it is chosen for being the best only


@contextmanager
def recording(names: tuple[str, ...] = ("fine",), *, fresh: bool = False) -> Iterator[Recording]:
    with (
        open_study("synthetic", {}, fresh=fresh) as study,
        study.record(
            [child(name, models=True) for name in names],
            guides=GUIDES,
            models=Models(restore=restore, example=EXAMPLE, datasets=DATASETS),
        ) as opened,
    ):
        yield opened


def log(recorded: Recording, last: int = EPOCHS) -> None:
    for step in train(EPOCHS, resume=recorded.checkpoint):
        if step.epoch > last:
            break
        recorded.log(measure(step), step.state())


def logged(store: MlflowClient) -> dict[int, LoggedModel]:
    models = list(store.search_logged_models([os.environ["MLFLOW_EXPERIMENT_ID"]]))
    epochs = {int(model.tags["ib.epoch"]): model for model in models}
    assert len(epochs) == len(models)
    return epochs


def test_models_of_a_training(store: MlflowClient, monkeypatch: pytest.MonkeyPatch) -> None:
    with recording() as opened:
        log(opened)
    by_epoch = logged(store)

    # 0, 1, 3, 10, the best, the last, each one ready and of the child's run.
    assert set(by_epoch) == {0, 1, 3, 10, BEST, EPOCHS}
    assert {str(model.status) for model in by_epoch.values()} == {"READY"}
    run_id = opened.child().run_id
    assert {model.source_run_id for model in by_epoch.values()} == {run_id}
    outputs = store.get_run(run_id).outputs.model_outputs
    assert {out.model_id: out.step for out in outputs} == {
        model.model_id: epoch for epoch, model in by_epoch.items()
    }
    reasons = {
        epoch: {tag.rpartition(".")[2] for tag in model.tags if tag.startswith("ib.chosen_as")}
        for epoch, model in by_epoch.items()
    }
    assert reasons[0] == reasons[1] == {"milestone"}
    assert "best" in reasons[BEST]
    assert "last" in reasons[EPOCHS]

    # What is loaded back gives what the module gave, for any number of inputs.
    inputs = torch.linspace(-2, 2, 7 * INPUTS).reshape(7, INPUTS)
    with silence_remarks():
        import mlflow.pytorch
    for epoch in (3, BEST):
        loaded = mlflow.pytorch.load_model(f"models:/{by_epoch[epoch].model_id}")
        assert torch.equal(loaded(inputs), restore(STEPS[epoch].state())(inputs))

    # Epochs are ranked by their metrics, means over the members.
    ranked = mlflow.search_logged_models(
        order_by=[{"field_name": "metrics.val_accuracy", "ascending": False}],
        experiment_ids=[by_epoch[0].experiment_id],
        output_format="list",
    )
    by_hand = sorted(by_epoch, key=lambda epoch: accuracy(STEPS[epoch]), reverse=True)
    assert [int(model.params["epoch"]) for model in ranked] == by_hand
    metrics = {metric.key: metric for metric in by_epoch[3].metrics or []}
    rows = measure(STEPS[3])
    at = rows[(rows["layer"] == 2) & (rows["setting"] == "bin_size=0.07")]
    assert metrics["i_x_nats.binned/layer_2"].value == pytest.approx(at["i_x"].mean(), rel=1e-14)
    assert metrics["i_x_nats.binned/layer_2"].step == 3
    assert {"val_loss_nats", "train_accuracy", "i_y_nats.binned/layer_1"} <= set(metrics)
    assert by_epoch[3].params["bin_size"] == "0.07"
    of = {key: (metric.dataset_name, metric.dataset_digest) for key, metric in metrics.items()}
    learnt, held_out = ((name, digest[:36]) for name, digest in DATASETS.values())
    assert of["i_x_nats.binned/layer_2"] == of["train_accuracy"] == learnt
    assert of["val_loss_nats"] == of["val_accuracy"] == held_out

    # The requirements are a list, and were not found by running the model.
    location = by_epoch[3].artifact_location
    with open(f"{location}/requirements.txt", encoding="utf-8") as file:
        named = {line.partition("==")[0] for line in file.read().split()}
    assert named == {"mlflow", "numpy", "torch"}


def test_a_killed_training_has_the_models_up_to_there_and_none_twice(
    store: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    finalize = MlflowClient.finalize_logged_model
    calls = 0

    def dies(client: MlflowClient, model_id: str, status: str) -> object:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return finalize(client, model_id, status)

    monkeypatch.setattr(MlflowClient, "finalize_logged_model", dies)
    with pytest.raises(KeyboardInterrupt), recording() as opened:
        log(opened)
    assert {e: str(model.status) for e, model in logged(store).items()} == {
        0: "READY",
        1: "READY",
        3: "PENDING",
    }
    with recording() as opened:
        assert opened.epochs_logged == (0, 1, 2, 3)
        log(opened)
    by_epoch = logged(store)
    assert set(by_epoch) == {0, 1, 3, 10, BEST, EPOCHS}
    assert {str(model.status) for model in by_epoch.values()} == {"READY"}
    run_id = opened.child().run_id
    for key in store.get_run(run_id).data.metrics:
        steps = [metric.step for metric in store.get_metric_history(run_id, key)]
        assert len(steps) == len(set(steps)), key


def test_children_of_one_training_share_its_models(
    store: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[str] = []
    monkeypatch.setattr(
        models, "_save", lambda *given: saved.append(given[3].name) or given[2].mkdir()
    )
    with recording(("fine",)) as opened:
        log(opened, last=3)
    count = len(saved)
    with recording(("fine", "coarse")) as opened:
        assert [spec.name for spec in opened.unfinished] == ["coarse"]
        log(opened, last=3)
    assert len(saved) == count == len(logged(store))


def test_a_best_epoch_whose_checkpoint_is_gone_is_an_error(
    store: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "_save", lambda *given: given[2].mkdir())

    def study() -> None:
        with recording() as opened:
            log(opened, last=4)
            with opened.child().artifacts.get("checkpoints/epoch_000004.pt") as path:
                path.unlink()

    with pytest.raises(CheckpointError, match="none of epoch 4"):
        study()


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        (range(40), [0, 1, 3, 10, 30]),
        ([0, 2, 4, 20, 21, 500], [0, 2, 4, 20, 500]),
        ([7, 9], [7]),
        ([0, 1000, 4000], [0, 1000, 4000]),
    ],
)
def test_milestones(measured: list[int], expected: list[int]) -> None:
    before = [None, *measured]
    milestones = [e for e, last in zip(measured, before, strict=False) if is_milestone(e, last)]
    assert milestones == expected


def frame(accuracies: list[list[float]], losses: list[list[float]]) -> pd.DataFrame:
    """Rows of (epoch, member)."""
    table = pd.DataFrame(accuracies).stack().rename("val_accuracy").to_frame()
    table["val_loss"] = pd.DataFrame(losses).stack()
    return table.rename_axis(["epoch", "member"]).reset_index()


@pytest.mark.parametrize(
    ("accuracies", "losses", "best"),
    [
        ([[0.5, 0.7], [0.9, 0.1], [0.6, 0.7]], [[1, 1]] * 3, 2),
        ([[0.5], [0.5], [0.5]], [[2], [1], [1]], 1),
        ([[0.5, np.nan], [0.4, 0.4]], [[1, 1], [1, 1]], 0),
        ([[np.nan]], [[np.nan]], None),
    ],
)
def test_best_epoch(accuracies: list[list[float]], losses: list[list[float]], best: int) -> None:
    assert best_epoch(frame(accuracies, losses)) == best


def test_models_of_ids_are_logged(store: MlflowClient) -> None:
    class Members(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.looked_up = torch.nn.Embedding(9, 2)

        def forward(self, ids: torch.Tensor) -> torch.Tensor:
            return self.looked_up(ids).mean(1)[None]

    networks, ids = Members(), np.array([[0, 8, 3], [1, 1, 5]])
    models = Models(restore=lambda state: networks, example=ids)
    with (
        open_study("synthetic", {}) as study,
        study.record([child("fine", models=True)], guides=GUIDES, models=models) as opened,
    ):
        log(opened, last=0)
    (model,) = logged(store).values()
    with silence_remarks():
        import mlflow.pytorch
    loaded = mlflow.pytorch.load_model(f"models:/{model.model_id}")
    more = torch.from_numpy(np.tile(ids, (3, 1)))
    assert torch.equal(loaded(more), networks(more))
    signature = mlflow.models.get_model_info(f"models:/{model.model_id}").signature
    assert signature.inputs.inputs[0].type == np.int64


@pytest.mark.parametrize(
    "example",
    [
        np.zeros((1, 4), dtype=np.float32),
        np.zeros((4, 4)),
        np.zeros(4, dtype=np.float32),
        np.full((4, 4), np.nan, dtype=np.float32),
    ],
)
def test_an_example_that_would_fix_the_graph_is_refused(example: np.ndarray) -> None:
    with pytest.raises(InvalidInputError, match="a model's example"):
        Models(restore=restore, example=example)


def test_layers_are_of_the_data_that_they_are_measured_on() -> None:
    whole = Models(restore, EXAMPLE, DATASETS | {"measured": ("all", "c" * 64)})
    assert whole.dataset_of("i_y_nats.binned/layer_1") == ("all", "c" * 36)
    assert whole.dataset_of("train_loss_nats") == ("learnt", "a" * 36)
    assert Models(restore, EXAMPLE).dataset_of("val_accuracy") is None
