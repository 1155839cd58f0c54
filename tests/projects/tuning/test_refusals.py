"""What is refused of a search is refused before it has a run: of all kinds, by every search."""

import re

import pytest
from mlflow import MlflowClient

from ib_mlflow.studies.study import enter
from ib_mlflow.tuning import Objectives, Space, open_optuna_study, open_storage
from projects.registry import load_study

FEW = {"given": "scale=toy;members=2"}
RACE = FEW | {"pruner": "wilcoxon", "race": "4"}
EVERY = [
    ({"sampler": "tpee"}, "Did you mean tpe"),
    ({"sampler": "grid"}, "sampler=grid must have choices"),
    ({"pruner": "medium"}, "Did you mean median"),
    ({"space": "=1"}, "a name and its values"),
    ({"space": "learning_rate=1..0.1"}, "must ascend"),
    ({"space": "learning_rate=0..1e-4:log"}, "as in learning_rate=1e-07..1e-4:log"),
    ({"space": "learning_rat=0.1..0.3"}, "Did you mean learning_rate"),
    ({"given": "epochs"}, "given must be names and values"),
    ({"storage": "mysql://host/optuna"}, "must be SQLite or PostgreSQL"),
    ({"storage": "postgresql://user:hush@host/optuna"}, "holds a password"),
    ({"storage": "postgresql://user@host/optuna?password=hush"}, "holds a password"),
    ({"storage": "postgresql://user@host:notaport/optuna"}, "port of the storage must be a number"),
    ({"storage": "postgresql://user@127.0.0.1:1/optuna"}, "the storage must answer"),
    ({"storage": "sqlite:////nowhere/at/all/optuna.db"}, "/nowhere/at/all, which is no folder"),
]
OF_TUNE = [
    ({"study": "maim"}, "Did you mean main"),
    ({"study": "inversion"}, "a study that is tuned trains networks"),
    ({"study": "noise_sweep", "space": "betas=0.01..0.1"}, "give one value of orthonormality"),
    ({"objective": "summary/val_acc:max"}, "Did you mean summary/val_accuracy"),
    ({"objective": "summary/val_accuracy"}, "a result and a direction"),
    ({"objective": "summary/val_accuracy:max,summary/val_loss_nats:min", "pruner": "median"},
     "must have one objective"),
    ({"objective": "summary/val_accuracy:max,summary/val_loss_nats:min", "enough": "true"},
     "it is enough"),
    ({"space": "activation=rleu|tanh|relu"}, "Did you mean relu"),
    ({"space": "learning_rate=0.1..1;activation=tanh|relu|rleu"}, "Did you mean relu"),
    ({"space": "momentum=0.1..1.7"}, "should be less than or equal to 0.999"),
    ({"race": "4"}, r"race=4 and pruner=none\. Give pruner=wilcoxon"),
    (RACE, "race=4 and members=2. Give members=5"),
    (FEW | {"pruner": "wilcoxon"}, "received members=2. Give members=4"),
    ({"space": "members=4..6", "pruner": "wilcoxon", "given": "scale=toy"}, "the same seeds"),
    ({"measured": "1", "pruner": "median"}, "epochs 0 and 8 alone"),
    ({"deciding": "5", "given": "scale=toy;members=1"}, "networks decide where"),
]  # fmt: skip
OF_NOISE = [
    ({"space": "betas=0.01..0.1"}, "received 2 child runs. Search or give one value of orthonorm"),
    ({"space": "betas=0..0.1;orthonormality=0|0.1"}, "should be greater than or equal to 0.000001"),
    ({"model": "a/b:c"}, "a word without /, :"),
]
OF_DECODERS = [
    ({"space": "forgetting=0.1..0.2"}, "search or give schedule=geometric"),
    ({"space": "mixtures=5|10"}, "head=logistic"),
    ({"context": "nothing"}, "take context=label"),
    ({"space": "head=softmax|logistic"}, "Take head=bernoulli"),
    ({"space": "filters=4..8;dropout=0..1.0"}, "dropout of a decoder"),
    ({"usual": "head=softmax"}, "Take head=bernoulli"),
    ({"usual": "filtres=3"}, "Did you mean filters"),
]
ALL = [
    *[(study, *case) for study in ("tune", "tune_noise", "tune_decoder") for case in EVERY],
    *[("tune", *case) for case in OF_TUNE],
    *[("tune_noise", *case) for case in OF_NOISE],
    *[("tune_decoder", *case) for case in OF_DECODERS],
]


def refusal(study, parameters):
    """What ends the command, in one line."""
    words = [word for name, value in parameters.items() for word in (f"--{name}", value)]
    with pytest.raises(SystemExit) as caught:
        enter(study, load_study(study), ["--scale", "toy", *words])
    said = str(caught.value)
    assert said.startswith(f"{study}: ")
    assert "\n" not in said
    assert "hush" not in said
    return said


@pytest.mark.parametrize(("study", "parameters", "message"), ALL)
def test_nothing_is_left_of_a_command_that_is_refused(experiment_id, study, parameters, message):
    assert re.search(message, refusal(study, parameters))
    assert MlflowClient().search_runs([experiment_id]) == []


def test_a_name_under_which_another_search_stands_is_refused_before_there_is_a_run(
    experiment_id, tmp_path
):
    uri = f"sqlite:///{tmp_path}/optuna.db"
    space, objectives = Space.parse("members=2..3"), Objectives.parse("summary/val_accuracy:max")
    open_optuna_study(open_storage(uri), "mine", space, objectives).close()
    said = refusal("tune", {"storage": uri, "search": "mine"})
    assert "members is only there" in said
    assert MlflowClient().search_runs([experiment_id]) == []


def test_the_run_that_mlflow_run_has_made_is_withdrawn(store_at, tmp_path):
    store = store_at(tmp_path / "refused")
    code, printed = store.launch("tune", scale="toy", space="activation=rleu|tanh")
    assert code != 0
    assert "Did you mean relu" in printed
    assert store.runs() == []
