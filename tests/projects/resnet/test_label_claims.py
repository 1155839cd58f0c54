import numpy as np
import pytest

from ib_mlflow.studies.judging.judgements import all_hold
from projects.resnet import label_claims
from projects.resnet.curves import falls, pairs, rises
from projects.resnet.label_tables import label_table

LEVELS = {"h1": (-1.2, -1.0, -0.4), "h2": (-1.4, -1.0, -0.4), "h3": (-1.7, -1.0, -0.4)}
LEVELS |= {"h4": (-2.0, -0.9, -0.5)}


def changed(**layers):
    return {**LEVELS, **layers}


def verdict(judged):
    return judged.verdict if hasattr(judged, "verdict") else all_hold(judged).verdict


def test_what_the_paper_found_is_recognised(labels_of):
    curves = labels_of()
    for layer in curves.of_layers:
        assert verdict(label_claims.always_increases(layer)) == "agrees"
        assert verdict(label_claims.becomes_separable(layer)) == "agrees"
    for pair in pairs(curves.of_layers):
        assert verdict(label_claims.changes_more(pair)) == "agrees"
    assert verdict(label_claims.meet_at_the_end(curves)) == "agrees"


def test_the_opposite_disagrees(labels_of):
    curves = labels_of(changed(h2=(-1.0, -1.2, -0.8), h4=(-1.0, -0.9, -1.5)))
    h2 = curves.of_layers[1]
    assert verdict(label_claims.always_increases(h2)) == "disagrees"
    assert verdict(label_claims.meet_at_the_end(curves)) == "disagrees"
    assert verdict(label_claims.becomes_separable(curves.of_layers[3])) == "disagrees"
    assert verdict(label_claims.changes_more(pairs(curves.of_layers)[2])) == "disagrees"


def test_a_bottleneck_that_loses_the_class(labels_of):
    loses = labels_of(changed(h4=(-1.0, -0.5, -0.9)))
    assert verdict(label_claims.loses_the_class(loses)) == "agrees"
    assert verdict(label_claims.loses_the_class(labels_of())) == "disagrees"


@pytest.mark.parametrize(("above", "expected"), [(0.0, "agrees"), (0.5, "disagrees")])
def test_pooling_is_compared_at_every_epoch(labels_of, above, expected):
    levels = changed(h4=tuple(level + above for level in LEVELS["h3"]))
    assert verdict(label_claims.as_much_as_before_pooling(labels_of(levels))) == expected


def test_four_networks_decide_nothing(labels_of):
    curves = labels_of(e=4)
    assert verdict(label_claims.always_increases(curves.of_layers[0])) == "undecided"
    assert verdict(label_claims.meet_at_the_end(curves)) == "undecided"


def test_rises_and_falls_are_those_of_the_curve(terms_of):
    terms = terms_of((-60.0, -40.0, -50.0))
    assert rises(terms).mean() == pytest.approx(20, abs=0.1)
    assert falls(terms).mean() == pytest.approx(10, abs=0.1)
    assert rises(terms).shape == (5, 400)


def test_the_table_has_every_layer_and_epoch_with_both_errors(labels_of):
    curves = labels_of()
    lines = label_table(curves).markdown().splitlines()
    assert len(lines) == 2 + 4 * 3
    (line,) = (line for line in lines if line.startswith("| h4 | 30 |"))
    level = float(curves.entropy + curves.heads["h4"][:, -1].mean())
    assert f"| {level:.3f} nats [" in line
    error = curves.heads["h4"][:, -1].mean(axis=0).std(ddof=1) / np.sqrt(400)
    assert f"{error:.3f} nats" in line


def test_a_head_that_its_own_probe_beats_decides_nothing(labels_of):
    """The head of h3 reads too little before training, so that h3 seems to gain more than h4."""
    curves = labels_of(changed(h3=(-2.3, -1.0, -0.4)))
    (pair,) = pairs(curves.of_layers)[2:]
    assert verdict(label_claims.changes_more(pair)) == "disagrees"
    assert verdict(label_claims.always_increases(pair.before)) == "agrees"
    curves.probes["h3"][:, 0] = curves.heads["h3"][:, 0] + 0.7
    judged = label_claims.changes_more(pair)
    assert judged.verdict == "undecided"
    words = "".join(str(word) for word in judged.words)
    assert "By forward decoders it disagrees." in words
    assert "It hangs on the reader: undecided." in words
    assert verdict(label_claims.always_increases(pair.before)) == "agrees"
    assert label_claims.as_much_as_before_pooling(curves)[0].verdict == "disagrees"


def test_the_better_reader_is_chosen_by_network_and_epoch(labels_of):
    curves = labels_of()
    curves.probes["h2"][3, 1] = curves.heads["h2"][3, 1] + 0.1
    best = curves.of_layers[1].best
    assert np.array_equal(best[3, 1], curves.probes["h2"][3, 1])
    best[3, 1] = curves.heads["h2"][3, 1]
    assert np.array_equal(best, curves.heads["h2"])
