"""The entry point `tune_decoder`: its result, and a study that takes it."""

import json
import math
import os
import signal
import time

import pandas as pd
import pytest

from ib_mlflow.errors import IBError
from ib_mlflow.tuning import Objectives, Space
from projects.tuning.tune_decoder import STUDY

TOY = {"scale": "toy", "decoder_updates": 8, "trials": 4}


def configuration_of(**parameters):
    words = [word for name, value in parameters.items() for word in (f"--{name}", str(value))]
    return STUDY.configuration.parse(["--scale", "toy", *words])


def check(**parameters):
    configuration = configuration_of(**parameters)
    space, objectives = configuration.space, configuration.objective
    configuration.target.check(Space.parse(space), Objectives.parse(objectives))


def trials_of(store, study):
    return pd.read_parquet(store.artifact(study, "trials.parquet")).drop(columns="run_id")


@pytest.fixture(scope="module")
def own_store(store_at, tmp_path_factory):
    """A store with a finished search."""
    store = store_at(tmp_path_factory.mktemp("tune_decoder"))
    code, printed = store.run("tune_decoder", pruner="median", **TOY)
    assert code == 0, printed
    return store


def test_every_trial_is_a_child_run_and_the_best_is_left_as_a_file(own_store):
    study = own_store.study("tune_decoder")
    children = {run.info.run_id: run for run in own_store.children(study)}
    table = pd.read_parquet(own_store.artifact(study, "trials.parquet"))
    complete = table[table["state"] == "COMPLETE"]
    loss = "summary/tuning_loss_nats"
    for _, row in complete.iterrows():
        child = children[row["run_id"]]
        assert child.info.status == "FINISHED"
        assert child.data.tags["ib.trial_state"] == "COMPLETE"
        assert child.data.metrics[loss] == row[loss]
        assert child.data.params["filters"] == row["filters"]
    best = complete.loc[complete[loss].idxmin()]
    file = json.loads(own_store.artifact(study, "decoder.json").read_text(encoding="utf-8"))
    usual = study.data.metrics["summary/usual_loss_nats"]
    assert file["loss_nats"] == pytest.approx(min(best[loss], usual), rel=1e-12)
    if best[loss] < usual:
        assert file["run_id"] == best["run_id"]
        assert file["settings"]["filters"] == int(best["filters"])
    assert (file["run_id"] in children) or usual < best[loss]
    report = own_store.artifact(study, "report.md").read_text(encoding="utf-8")
    winner = f"trial {best['number']}" if best[loss] < usual else "usual decoder"
    won = f"**The result is the {winner}**, `decoder.json`: {file['loss_nats']:.4g} nats an image"
    assert won in report
    assert won in study.data.tags["mlflow.note.content"]
    assert "] an image more than" in report.split("## ")[0]
    assert "cannot be told apart" not in report
    assert "never saw the search" in report
    assert "would bias what is compared" in report
    assert own_store.artifact(study, "history.html").exists()


@pytest.mark.slow
def test_a_report_in_bits_has_no_nats(store_at, tmp_path):
    # Nothing is stopped, so that the table of pruners is there.
    store = store_at(tmp_path / "bits")
    code, printed = store.run("tune_decoder", pruner="none", unit="bits", **TOY)
    assert code == 0, printed
    study = store.study("tune_decoder")
    report = store.artifact(study, "report.md").read_text(encoding="utf-8")
    loss = json.loads(store.artifact(study, "decoder.json").read_text("utf-8"))["loss_nats"]
    assert f"`decoder.json`: {loss / math.log(2):.4g} bits an image" in report
    assert "best loss [bits]" in report
    assert " nats" not in report
    assert "[nats]" not in report


@pytest.mark.slow
def test_an_inversion_takes_the_result_for_every_layer(own_store):
    search = own_store.study("tune_decoder")
    settings = json.loads(own_store.artifact(search, "decoder.json").read_text())["settings"]
    code, printed = own_store.run("inversion", scale="toy", decoder="tuned")
    assert code == 0, printed
    study = own_store.study("inversion")
    children = own_store.children(study)
    decoders = [run for run in children if run.info.run_name.endswith(" decoder")]
    assert len(decoders) == 6  # four layers, the label, nothing
    for name in ("filters", "learning_rate", "dropout"):
        assert {run.data.params[name] for run in decoders} == {str(settings[name])}
    report = own_store.artifact(study, "report.md").read_text(encoding="utf-8")
    assert "All decoders of digits have the settings of trial run" in report
    code, printed = own_store.run("inversion", scale="toy", decoder="tuned", seed=1)
    assert code != 0
    assert "Use one seed for both" in printed


@pytest.mark.slow
@pytest.mark.parametrize("study", ["inversion_dynamics", "invariance"])
def test_the_other_studies_of_decoders_take_the_result_too(own_store, tmp_path, study):
    search = own_store.study("tune_decoder")
    file = own_store.artifact(search, "decoder.json")
    given = "tuned"
    if study == "invariance":  # of images of the same size, tuned for another task
        code, printed = own_store.run(study, scale="toy", decoder=file)
        assert code != 0
        assert "Run tune_decoder with the same task" in printed
        given = tmp_path / "decoder.json"
        images = json.loads(file.read_text()) | {"task": "affine_digits", "shape": [1, 20, 20]}
        given.write_text(json.dumps(images))
    code, printed = own_store.run(study, scale="toy", decoder=given)
    assert code == 0, printed
    settings = json.loads(file.read_text())["settings"]
    run = own_store.study(study)
    decoders = [r for r in own_store.children(run) if " decoder" in r.info.run_name]
    # Before they learn the two classifiers are one, and so is the decoder of its layer: five
    # decoders for the networks of each of two seeds, and two that go on from another's weights.
    warm = [run for run in decoders if "warm start" in run.info.run_name]
    assert (len(decoders), len(warm)) == ((12, 2) if study == "inversion_dynamics" else (7, 0))
    for name in ("filters", "learning_rate", "dropout"):
        assert {run.data.params[name] for run in decoders} == {str(settings[name])}
    report = own_store.artifact(run, "report.md").read_text(encoding="utf-8")
    assert "have the settings of trial run" in report


@pytest.mark.slow
def test_a_search_that_is_killed_goes_on_and_ends_as_it_would_have(own_store, store_at, tmp_path):
    killed = store_at(tmp_path / "killed")
    process = killed.start("tune_decoder", pruner="median", **TOY)
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and process.poll() is None:
        if any(run.info.status == "FINISHED" for run in killed.runs("tags.`ib.trial` != ''")):
            break
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    code, printed = killed.run("tune_decoder", pruner="median", **TOY)
    assert code == 0, printed
    tables = [trials_of(store, store.study("tune_decoder")) for store in (own_store, killed)]
    pd.testing.assert_frame_equal(*tables)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"space": "filtrs=1..3"}, "Did you mean filters"),
        ({"space": "filters=9..3"}, "must ascend"),
        ({"space": "filters=1..3", "given": "filters=2"}, "filters in both"),
        ({"space": "head=softmax|logistic"}, "Take head=bernoulli"),
        ({"context": "nothing"}, "Leave context_dropout out"),
        ({"space": "filters=8..5000"}, "filters of a decoder"),
        ({"space": "head=usual|usual2"}, "head of a decoder"),
        ({"batch_trials": 2}, "less than or equal to 1"),
        ({"given": "dropout=2", "space": "filters=1..3"}, "dropout of a decoder"),
    ],
)
def test_mistakes_get_one_line_before_anything_is_computed(parameters, message):
    with pytest.raises(IBError, match=message) as caught:
        check(**parameters)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("parameters", "searched", "not_searched"),
    [
        ({}, "context_dropout=", "head="),
        ({"context": "nothing"}, "filters=16..96", "context_dropout="),
        ({"binary": "false"}, "head=softmax|logistic", "mixtures="),
        ({"given": "blocks=2"}, "dropout=0|", "blocks="),
        ({"given": "schedule=cosine"}, "average=", "forgetting="),
        ({"given": "schedule=geometric"}, "forgetting=", "schedule="),
    ],
)
def test_the_space_suits_images_and_context(parameters, searched, not_searched):
    configuration = configuration_of(device="cpu", **parameters)
    configuration = configuration.model_copy(update={"space": "auto"})
    space = configuration.space_of(configuration.target.parts)
    assert searched in space
    assert not any(part.startswith(not_searched) for part in space.split(";"))
