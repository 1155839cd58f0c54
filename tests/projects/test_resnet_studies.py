"""The studies of residual networks at toy size."""

import pytest

FIGURES = {
    "resnet_classifier": ["forward.png", "inverse.png", "plane.png", "decoder_losses.png"],
    "resnet_autoencoder": ["forward.png", "inverse.png", "plane.png", "decoder_losses.png"],
    "resnet_samples": ["samples_h2.png", "samples_h3.png", "samples_h4.png", "diversity.png"],
    "resnet_unconditional": ["losses.png", "samples.png"],
}
CHILDREN = {
    # Two networks; a head and a probe of four layers at three epochs; of three layers an amortised
    # decoder, which is not cheap, and those of three epochs and two sizes from scratch.
    "resnet_classifier": 2 + 2 * 3 * 4 * 2 + 3 + 2 * 3 * 3 * 2,
    "resnet_autoencoder": 2 + 2 * 3 * 4 * 2 + 3 + 2 * 3 * 3 * 2,
    # Networks, such decoders of the larger size, the judge, and samples of three layers and epochs.
    "resnet_samples": 2 + 3 + 2 * 3 * 3 + 1 + 2 * 3 * 3,
    "resnet_unconditional": 2 * 2,
}
FEWER = {
    "resnet_classifier": {"layers": "h4", "encoders": 1},
    "resnet_autoencoder": {"layers": "h4", "encoders": 1},
}
IMAGES = {"resnet_samples": 9, "resnet_unconditional": 1}
SLOW = {"resnet_classifier", "resnet_autoencoder", "resnet_samples"}
WHOLE = [
    pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name
    for name in sorted(CHILDREN)
]


@pytest.mark.parametrize("entry", WHOLE)
def test_a_study_runs_and_leaves_what_it_promises(store, entry):
    code, printed = store.run(entry, scale="toy", seed=3)
    assert code == 0, printed
    study = store.study(entry)
    assert study.info.status == "FINISHED"
    for name in FIGURES[entry]:
        assert store.artifact(study, name).read_bytes().startswith(b"\x89PNG"), name
    report = store.artifact(study, "report.md").read_text(encoding="utf-8")
    assert "(toy: a smoke test, no claim is judged)" in report.splitlines()[0]
    assert "nan" not in report
    assert "NOT converged" in report
    children = store.children(study)
    assert len(children) == CHILDREN[entry]
    assert {child.info.status for child in children} == {"FINISHED"}
    assert len({child.info.run_name for child in children}) == len(children)
    pictures = store.artifact(study, "images") if entry in IMAGES else None
    assert pictures is None or len(list(pictures.glob("*.png"))) == IMAGES[entry]


@pytest.mark.parametrize("entry", sorted(FEWER))
def test_one_network_and_layer_run_through(store, entry):
    code, printed = store.run(
        entry, scale="toy", seed=5, epochs="0,1", probe_updates=2, **FEWER[entry]
    )
    assert code == 0, printed
    study = store.study(entry)
    report = store.artifact(study, "report.md").read_text(encoding="utf-8")
    assert "is compressed later" in report or "smoke test" in report
    assert len(store.children(study)) == 1 + 2 * 4 * 2 + 1 + 2 * 2


@pytest.mark.slow
def test_networks_and_decoders_are_trained_once_for_all_studies(store):
    for entry in ("resnet_classifier", "resnet_samples"):
        code, printed = store.run(entry, scale="toy", seed=7)
        assert code == 0, printed
    light = [
        child
        for child in store.children(store.study("resnet_samples"))
        if child.data.tags.get("ib.reused_from")
    ]
    # Both networks, a decoder at each epoch of each of their three layers, and the amortised ones.
    assert len(light) == 2 + 2 * 3 * 3 + 3


@pytest.mark.parametrize(
    ("entry", "parameters", "message"),
    [
        ("resnet_samples", {"sampled": "0,7"}, "epoch 7 is not measured; did you mean 2?"),
        pytest.param(
            "resnet_classifier",
            {"layers": "h33"},
            "no layer is called h33; did you mean h3?",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "resnet_classifier",
            {"decoders": "amortized"},
            "Did you mean amortised?",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_bad_parameters_get_one_line_and_leave_no_run(store, entry, parameters, message):
    before = {run.info.run_id for run in store.runs()}
    code, printed = store.run(entry, scale="toy", **parameters)
    assert code != 0
    assert message in printed
    assert "Traceback" not in printed.split(message)[1]
    assert {run.info.run_id for run in store.runs()} == before


def test_a_plan_is_printed_and_is_all_that_its_run_holds(store):
    before = {run.info.run_id for run in store.runs()}
    code, printed = store.launch("resnet_unconditional", scale="toy", plan="true")
    assert code == 0, printed
    assert "resnet_unconditional would take 4 updates and about" in printed
    assert "of memory a process" in printed
    (made,) = [run for run in store.runs() if run.info.run_id not in before]
    assert made.info.status == "FINISHED"
    assert made.info.run_name == "resnet_unconditional: plan"
    assert "would take 4 updates" in made.data.tags["mlflow.note.content"]
    assert not made.data.metrics
    assert not store.children(made)
