from multiprocessing import resource_tracker

from ib_mlflow.execution.progress import progress


def test_a_bar_shows_several_values(capsys):
    with progress(10, "fit", "update") as bar:
        bar.reach(4, loss="0.1", held_out="0.2")
    printed = capsys.readouterr().err
    assert "4/10" in printed
    assert "loss=0.1, held_out=0.2" in printed


def test_a_bar_takes_no_lock_between_processes(monkeypatch):
    taken = []
    monkeypatch.setattr(resource_tracker, "register", lambda *names: taken.append(names))
    with progress(1, "fit", "update") as bar:
        bar.reach(1)
    assert taken == []
