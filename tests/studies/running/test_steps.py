import pytest

from ib_mlflow.studies.running.steps import record_steps


def test_each_step_is_logged_before_the_next_is_computed():
    happened = []

    def steps():
        for step in (3, 5, 8):
            happened.append(f"compute {step}")
            yield step

    def log(step):
        happened.append(f"log {step}")
        return step, {}

    record_steps(steps(), log, total=8, name="tanh", unit="epoch")
    assert happened == [f"{what} {step}" for step in (3, 5, 8) for what in ("compute", "log")]


def test_the_bar_stands_where_the_last_step_was(capsys):
    def log(step):
        return step, {"loss": f"{step}.5"}

    record_steps([2, 6], log, total=8, name="a net", unit="epoch")
    printed = capsys.readouterr().err
    assert "a net" in printed
    assert "6/8" in printed
    assert "loss=6.5" in printed


def test_a_failure_passes_through_and_leaves_the_bar_where_it_was(capsys):
    def steps():
        yield 7
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        record_steps(steps(), lambda step: (step, {}), total=10, name="resumed", unit="update")
    assert "7/10" in capsys.readouterr().err
