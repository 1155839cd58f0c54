from ib_mlflow.tuning import Candidate


def test_a_step_is_reported_once_and_a_stop_stays():
    steps = []

    def report(candidate, step, value, by_seed):
        steps.append(step)
        return step == 3

    candidate = Candidate(0, {}, last_step=1, _report=report)
    assert [candidate.report(step, 0.0) for step in range(6)] == [False] * 3 + [True] * 3
    assert steps == [2, 3]
    assert candidate.stopped == 3


def test_only_what_is_new_is_noted():
    notes = []
    candidate = Candidate(0, {}, run_id="a", _note=lambda _, key, text: notes.append((key, text)))
    candidate.note(run_id="a", checkpoint="1")
    candidate.note(checkpoint="1")
    candidate.note(run_id="b")
    assert notes == [("checkpoint", "1"), ("run_id", "b")]
