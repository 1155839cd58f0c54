"""What other seeds of split, classifier and decoders change in what is judged."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.information import decoder_information
from ib_mlflow.studies.decoding.contexts import LabelContext
from ib_mlflow.studies.judging.claims import findings_of
from ib_mlflow.units import text_of
from projects.inversion.decoders import decoder_job, of_other_seed
from projects.inversion.dynamics import Place
from projects.inversion.inversion import STUDY, Configuration
from projects.inversion.inversion_dynamics import STUDY as DYNAMICS
from projects.inversion.inverted import Inversion
from projects.inversion.other_network import OtherNetwork
from projects.inversion.remarks import networks_remark

TOY = Configuration.parse(["--scale", "toy"])
FALL = "digits: CONV1 keeps more of the image than CONV2"


def shifted(information, name, shift, **of):
    """What the decoders say, but that one of them says more of each image."""
    terms = dict(information.terms)
    terms[name] = terms[name] + shift
    return decoder_information(terms, dimensions=64, **of)


def with_others(task, shifts):
    """A task with further networks, whose first layer keeps so much more than its first one's."""
    labels = task.parts.evaluation.labels
    others = []
    for seed, shift in enumerate(shifts, start=1):
        terms = {name: task.information.terms[name] for name in task.layers}
        table = np.full((labels.size, 10), -53.0)
        table[np.arange(labels.size), labels] = -50.0
        information = decoder_information(terms | {"label": table}, dimensions=64, values=labels)
        information = replace(information, terms=information.terms | {
            "CONV1": information.terms["CONV1"] + shift})  # fmt: skip
        others.append(OtherNetwork(seed, task.classifier, information))
    return replace(task, others=others)


def judged(task):
    return {each.claim: each for each in findings_of(STUDY.claims, Inversion(TOY, [task]))}


def test_five_networks_decide_what_one_alone_would(inverted):
    assert judged(inverted)[FALL].verdict == "agrees"
    assert "of this network" in text_of(judged(inverted)[FALL].words)
    apart = judged(with_others(inverted, [-60.0, 50.0, -70.0, 40.0, -50.0]))[FALL]
    assert apart.verdict == "undecided"
    assert "of 6 networks" in text_of(apart.words)
    alike = judged(with_others(inverted, [0.1, 0.2, -0.1, 0.3]))
    assert alike[FALL].verdict == "agrees"
    falls = alike["digits: the fall from CONV1 to CONV2 is larger by far than from FC3 to LOGITS"]
    assert falls.verdict == "agrees"
    assert "of 5 networks" in text_of(falls.words)
    assert "of this network" in text_of(alike["digits, CONV1: one drawn image lies nearer to the "
        "input than the nearest training image"].words)  # fmt: skip


def test_dynamics_are_judged_over_networks(dynamics):
    turned = dict(dynamics.information.terms)
    turned[Place("normal", "FC3", 100_000).name] = turned[Place("normal", "FC3", 100).name] + 20.0
    rising = decoder_information(turned, dimensions=196)
    verdicts = [
        each.verdict
        for each in findings_of(DYNAMICS.claims, replace(dynamics, others=[rising] * 4))
    ]
    # All rise at first; four of five never fall again, which one alone would have.
    assert findings_of(DYNAMICS.claims, dynamics)[1].verdict == "agrees"
    assert verdicts[0] == "agrees"
    assert verdicts[1] != "agrees"


@pytest.mark.parametrize(("task", "warm"), [("digits", False), ("mnist", True)])
def test_no_decoder_starts_from_one_that_has_learnt_what_it_is_evaluated_on(blank, task, warm):
    (other,) = TOY.others
    parts = blank((1, 8, 8), 2, name=task)
    job = decoder_job(f"{task} label", parts, LabelContext(10), other, {})
    start = SimpleNamespace(network=None)
    decoder = of_other_seed(job, start)
    assert decoder.configuration.seed == 1
    assert (decoder.start is start) is warm
    assert decoder.plan.updates == (1 if warm else 2)
    assert decoder.name.startswith(f"{task} label decoder, seed 1")


def test_each_network_has_a_seed_of_its_own():
    seeds = [other.seed for other in Configuration.parse(["--seed", "7"]).others]
    assert seeds == [8, 9, 10, 11]
    last = str(2**32 - 1)
    with pytest.raises(ConfigurationError, match=r"seed \+ networks must not exceed"):
        Configuration.parse(["--seed", last])
    assert Configuration.parse(["--seed", last, "--networks", "1"]).others == []


@pytest.mark.parametrize(("networks", "words"), [(1, "one network"), (5, "over 5 networks")])
def test_the_report_says_over_what_it_is_judged(networks, words):
    c = Configuration.parse(["--networks", str(networks)])
    (remark,) = networks_remark(c, ["accuracies"])
    assert words in remark
