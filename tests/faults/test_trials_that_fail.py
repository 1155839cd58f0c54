"""A trial that cannot be computed: the others go on, and the stores say what happened."""

from collections import Counter


def test_a_point_that_the_study_refuses_fails_and_the_others_go_on(forked):
    # A value that no other makes good is refused before; here two suit each other badly.
    search = {"sampler": "grid", "space": "batch_size=64|3500;test_fraction=0.1|0.2", "trials": 4}
    code, printed = forked.run(**search)
    assert code == 0, printed
    assert forked.studies()[0].info.status == "FINISHED"
    assert forked.states() == Counter(COMPLETE=3, FAIL=1)
    (failed,) = [trial for trial in forked.trials() if trial.state.name == "FAIL"]
    assert failed.params == {"batch_size": "3500", "test_fraction": "0.2"}
    assert "a batch must not be larger" in failed.user_attrs["ended"]["reason"]
    assert failed.user_attrs["ended"]["final"]
    runs = {run.data.tags["ib.trial_state"]: run for run in forked.children()}
    assert len(forked.children()) == 4
    assert {state: run.info.status for state, run in runs.items()} == {
        "COMPLETE": "FINISHED",
        "FAIL": "FAILED",
    }
    assert "a batch must not be larger" in runs["FAIL"].data.tags["ib.trial_reason"]


def test_a_point_whose_networks_all_diverge_fails_and_the_others_go_on(forked):
    search = {
        "sampler": "grid",
        "space": "learning_rate=0.1|100",
        "trials": 2,
        "given": "scale=toy;members=2;epochs=40;hidden=4,3;activation=linear",
    }
    code, printed = forked.run(**search)
    assert code == 0, printed
    assert forked.states() == Counter(COMPLETE=1, FAIL=1)
    (failed,) = [trial for trial in forked.trials() if trial.state.name == "FAIL"]
    assert failed.params["learning_rate"] == "100"
    assert "all diverged" in failed.user_attrs["ended"]["reason"]
    assert failed.user_attrs["ended"]["final"]
    statuses = {run.data.tags["ib.trial_state"]: run.info.status for run in forked.children()}
    assert statuses == {"COMPLETE": "FINISHED", "FAIL": "FAILED"}
    # It is known for good: the same command computes nothing again.
    attempts = len(forked.trials())
    assert forked.run(**search)[0] == 0
    assert len(forked.trials()) == attempts
    assert len(forked.children()) == 2
