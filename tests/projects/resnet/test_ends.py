"""Residual networks whose training ended before the paper's 200 epochs."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from projects.resnet.resnet_autoencoder import STUDY as AUTOENCODER
from projects.resnet.resnet_classifier import STUDY as CLASSIFIER

APART = {"h1": (-1.2, -1.0, -0.4), "h2": (-1.4, -1.0, -0.9), "h3": (-1.7, -1.0, -0.4)}
RISING = {**APART, "h4": (-2.0, -0.9, -0.5)}


@pytest.mark.parametrize(("last", "verdict"), [(30, "undecided"), (200, "disagrees")])
@pytest.mark.parametrize(
    ("study", "words"),
    [(AUTOENCODER, "The bottleneck loses"), (CLASSIFIER, "At the end the hyper-layers")],
)
def test_what_has_not_happened_by_epoch_30_may_by_epoch_200(labels_of, study, words, last, verdict):
    curves = replace(labels_of(RISING), epochs=(0, 3, last))
    (claim,) = (each for each in study.claims if each.words.startswith(words))
    (subject,) = claim.of(SimpleNamespace(labels=curves))
    assert claim.judge(subject).verdict == verdict


@pytest.mark.parametrize(("last", "verdict"), [(30, "undecided"), (200, "agrees")])
def test_layers_that_meet_at_epoch_30_may_part_by_epoch_200(labels_of, last, verdict):
    curves = replace(labels_of(), epochs=(0, 3, last))
    (claim,) = (each for each in CLASSIFIER.claims if each.words.startswith("At the end the hyper"))
    assert claim.judge(curves).verdict == verdict
