"""The study of full batches through its door."""


def test_the_study_runs_and_judges_what_slides_and_critics_say(store):
    code, printed = store.run("full_batch", scale="toy", seed=120, hidden="5,3")
    assert code == 0, printed
    study = store.study("full_batch")
    assert {child.info.run_name for child in store.children(study)} == {"stochastic", "full batch"}
    report = store.artifact(study, "report.md").read_text(encoding="utf-8")
    assert "(toy: a smoke test, no claim is judged)" in report.splitlines()[0]
    assert "| full batches, equal epochs | 8 | 8 |" in report
    assert "| full batches, equal updates | 32 | 32 |" in report
    assert "nan" not in report
    for name in ("lost_by_descent.png", "planes_by_descent.png"):
        assert store.artifact(study, name).read_bytes().startswith(b"\x89PNG")
