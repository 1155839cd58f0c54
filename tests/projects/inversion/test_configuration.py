from projects.inversion.configuration import presets
from projects.inversion.inversion import Configuration


def test_a_study_may_set_a_scale_otherwise():
    scales = presets({}, {"evaluated": 7}, {})
    assert scales["quick"]["evaluated"] == 7
    assert scales["paper"]["evaluated"] == 10_000
    assert presets({}, {}, {})["quick"]["evaluated"] != 7


def test_the_paper_scale_is_the_papers_setting():
    configuration = Configuration.parse(["--scale", "paper"])
    classifier, decoder = configuration.classifier_plan(), configuration.decoder_plan()
    assert (classifier.updates, classifier.learning_rate) == (250_000, 3e-4)
    assert (decoder.updates, decoder.learning_rate, decoder.decay) == (250_000, 1e-3, 0.9999)
    assert decoder.average == 0.9995
    assert classifier.patience
    assert decoder.patience
    assert configuration.evaluated == 10_000
