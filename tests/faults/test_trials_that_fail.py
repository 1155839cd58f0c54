"""A trial that cannot be computed: the others go on, and the stores say what happened."""

from collections import Counter


def test_a_point_that_the_study_refuses_fails_and_the_others_go_on(forked):
    search = {"sampler": "grid", "space": "batch_size=64|256|4000", "trials": 3}
    code, printed = forked.run(**search)
    assert code == 0, printed
    assert forked.studies()[0].info.status == "FINISHED"
    assert forked.states() == Counter(COMPLETE=2, FAIL=1)
    (failed,) = [trial for trial in forked.trials() if trial.state.name == "FAIL"]
    assert failed.params["batch_size"] == "4000"
    assert "a batch must not be larger" in failed.user_attrs["ended"]["reason"]
    assert failed.user_attrs["ended"]["final"]
    # What was refused has no run; a child run is one that was computed.
    statuses = [(run.data.tags["ib.trial_state"], run.info.status) for run in forked.children()]
    assert statuses == [("COMPLETE", "FINISHED")] * 2


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
