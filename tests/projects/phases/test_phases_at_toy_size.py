"""The studies of this room at toy size."""

import pandas as pd


def test_students_with_irrelevant_inputs(store):
    code, printed = store.run("irrelevant_inputs", scale="toy")
    assert code == 0, printed
    study = store.study("irrelevant_inputs")
    children = {child.info.run_name: child for child in store.children(study)}
    assert sorted(children) == ["60 samples, 5 at a time", "60 samples, all at once"]
    for child in children.values():
        assert child.info.status == "FINISHED"
        assert "i_irrelevant_nats.exact/layer_1" in child.data.metrics
    for name in ("information.png", "errors.png"):
        assert store.artifact(study, name).read_bytes().startswith(b"\x89PNG"), name
    report = store.artifact(study, "report.md").read_text(encoding="utf-8")
    assert "On the Information Bottleneck Theory of Deep Learning" in report
    assert "nan" not in report
    table = pd.read_parquet(store.artifact(study, "students.parquet"))
    assert (table["i_relevant"] + table["i_irrelevant"] <= table["i_x"] + 1e-9).all()
    assert (table["i_y"] <= table["i_relevant"] + 1e-9).all()


def test_reversible_networks(store):
    code, printed = store.run("invertible", scale="toy")
    assert code == 0, printed
    study = store.study("invertible")
    children = {child.info.run_name: child for child in store.children(study)}
    assert {"ordinary", "bins of 2", "noise 1, at most", "probes and inverses"} <= set(children)
    for name in ("information_plane.png", "linear_probes.png", "estimators.png"):
        assert store.artifact(study, name).read_bytes().startswith(b"\x89PNG"), name
    report = store.artifact(study, "report.md").read_text(encoding="utf-8")
    assert "i-RevNet: Deep Invertible Networks" in report
    assert "(toy: a smoke test, no claim is judged)" in report.splitlines()[0]
    assert "nan" not in report


def test_layers_under_the_bound(store):
    code, printed = store.run("ib_bound", scale="toy")
    assert code == 0, printed
    study = store.study("ib_bound")
    (child,) = store.children(study)
    assert child.info.run_name == "I(X;Y) = 0.99 bits"
    for name in ("theoretical_bound.png", "distances.png", "tradeoffs.png"):
        assert store.artifact(study, name).read_bytes().startswith(b"\x89PNG"), name
    report = store.artifact(study, "report.md").read_text(encoding="utf-8")
    assert "(toy: a smoke test, no claim is judged)" in report.splitlines()[0]
    assert "nan" not in report
    places = pd.read_parquet(store.artifact(study, "bounds.parquet"))
    assert places["excess"].max() <= 1e-9
    curve = pd.read_parquet(store.artifact(study, "ib_curves.parquet"))
    assert curve["certificate"].max() < 1e-6


def test_what_cannot_be_is_refused_in_one_line(store):
    code, printed = store.run("invertible", scale="toy", images=25)
    assert code != 0
    assert "invertible: images: Input should be a multiple of 10; received '25'." in printed
