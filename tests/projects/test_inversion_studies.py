"""The studies of inversion at toy size."""

import pytest

LAYERS = ("CONV1", "CONV2", "FC3", "LOGITS")
JOBS = ("decoder", "head", "reconstruction", "samples")
CHILDREN = {
    "inversion": {
        "digits classifier",
        "digits label decoder",
        "digits nothing decoder",
        "digits FC3 nearest of 20",
        *(f"digits {layer} {job}" for layer in LAYERS for job in JOBS),
        "digits classifier, seed 1",
        *(f"digits {name} decoder, seed 1" for name in (*LAYERS, "label")),
    },
    "invariance": {
        "affine_digits nothing decoder",
        "affine_digits classifier",
        *(f"affine_digits classifier, {name}" for name in ("fully_connected", "global_max")),
        *(
            f"affine_digits {name} FC3 {job}"
            for name in ("fully connected", "convolutional", "global pooling")
            for job in ("decoder", "reconstruction", "samples")
        ),
        "affine_digits classifier, seed 2",
        *(
            f"affine_digits classifier, {name}, seed 2"
            for name in ("fully_connected", "global_max")
        ),
        *(
            f"affine_digits {name} FC3 decoder, seed 2"
            for name in ("fully connected", "convolutional", "global pooling")
        ),
    },
    "inversion_dynamics": {
        "digits classifier, normal",
        "digits classifier, overfitted",
        # Before training the two networks are one.
        *(f"digits normal, 0 updates, FC3 {job}" for job in ("decoder", "reconstruction")),
        *(
            f"digits {network}, {updates} updates, FC3 {job}"
            for network in ("normal", "overfitted")
            for updates in (10, 20)
            for job in ("decoder", "reconstruction")
        ),
        *(f"digits normal, {updates} updates, FC3 decoder, warm start" for updates in (10, 20)),
        *(f"digits classifier, {network}, seed 3" for network in ("normal", "overfitted")),
        "digits normal, 0 updates, FC3 decoder, seed 3",
        *(
            f"digits {network}, {updates} updates, FC3 decoder, seed 3"
            for network in ("normal", "overfitted")
            for updates in (10, 20)
        ),
    },
}
SEEDS = {"inversion": 0, "invariance": 1, "inversion_dynamics": 2}
"""Seeds of their own: what another study has computed would stay with that one."""
FIGURES = {
    "inversion": ["bounds.png", "relative_bounds.png", "samples_digits.png", "nearest_digits.png"],
    "invariance": ["bounds.png", "samples.png"],
    "inversion_dynamics": ["bounds_over_training.png"],
}
IMAGES = {"inversion": 1, "invariance": 1, "inversion_dynamics": 6}
WORKERS = {"inversion": 1, "invariance": 2, "inversion_dynamics": 1}
"""Processes: what one of several computes is computed there alone, and read here."""


IN_THE_SUITE = {"inversion"}
ENTRIES = [
    name if name in IN_THE_SUITE else pytest.param(name, marks=pytest.mark.slow)
    for name in sorted(CHILDREN)
]


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_study_runs_and_leaves_what_it_promises(store, entry):
    code, printed = store.run(entry, scale="toy", seed=SEEDS[entry], workers=WORKERS[entry])
    assert code == 0, printed
    study = store.study(entry)
    assert study.info.status == "FINISHED"
    for name in FIGURES[entry]:
        assert store.artifact(study, name).read_bytes().startswith(b"\x89PNG"), name
    report = store.artifact(study, "report.md").read_text(encoding="utf-8")
    assert "(toy: a smoke test, no claim is judged)" in report.splitlines()[0]
    assert "no bound" in report
    assert "nan" not in report
    pictures = list(store.artifact(study, "images").glob("*.png"))
    assert len(pictures) == IMAGES[entry]
    assert len(study.inputs.dataset_inputs) == 4

    children = store.children(study)
    assert {child.info.run_name for child in children} == CHILDREN[entry]
    for child in children:
        assert child.info.status == "FINISHED"
        if not child.info.run_name.endswith(("samples", "nearest of 20")):
            unit = "mse" if child.info.run_name.endswith("reconstruction") else "nats"
            steps = store.client.get_metric_history(child.info.run_id, f"val_loss_{unit}")
            assert [point.step for point in steps] == sorted({point.step for point in steps})
            assert steps[0].step == 0
    if entry == "inversion_dynamics":
        _, printed = store.run(entry, scale="toy", seed=SEEDS[entry])
        assert "inversion_dynamics has finished" in printed
        assert store.children(store.study(entry)) == []


def test_a_layer_that_does_not_exist_is_refused_with_the_nearest_name(store):
    code, printed = store.run("inversion_dynamics", scale="toy", layers="FC33")
    assert code != 0
    assert "no layer is called FC33; did you mean FC3?" in printed
    assert "Traceback" not in printed.split("no layer")[0].rsplit("Running command", 1)[-1]
