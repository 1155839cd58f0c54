"""The file of a tuned decoder: read, and refused where it does not fit."""

import json

import pytest

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.studies.decoding.configuration import ImageConfiguration
from ib_mlflow.studies.decoding.contexts import NoContext
from ib_mlflow.studies.decoding.settings import DecoderSettings
from ib_mlflow.studies.decoding.tuned import TunedDecoder

CONFIGURATION = ImageConfiguration(
    shrunk=1, binary=True, evaluated=50, decoder_updates=100, decoder_batch=16, seed=0
)
FILE = {
    "task": "digits",
    "shape": [1, 8, 8],
    "levels": 2,
    "seed": 0,
    "updates": 24,
    "context": "label",
    "settings": {"filters": 6, "learning_rate": 0.002, "dropout": 0.1},
    "loss_nats": 27.4,
    "loss_se_nats": 0.4,
    "run_id": "0a1b",
}


def tuned(**changes):
    return TunedDecoder.parse(json.dumps({**FILE, **changes}), where="decoder.json")


def test_a_decoder_is_made_as_the_file_says():
    parts = CONFIGURATION.parts("digits")
    decoder = tuned()
    decoder.check(parts, CONFIGURATION)
    fit = decoder.fit("FC3 decoder", parts, NoContext(), CONFIGURATION)
    settings = fit.network().settings
    assert (settings.filters, settings.dropout, settings.head) == (6, 0.1, "bernoulli")
    assert (fit.plan.learning_rate, fit.plan.updates, fit.plan.decay) == (0.002, 100, "cosine")
    assert tuned() == TunedDecoder.parse(decoder.model_dump_json(), where="again")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task": "mnist"}, "tuned for the images"),
        ({"shape": [1, 4, 4]}, "1 × 4 × 4"),
        ({"levels": 17}, "17 levels"),
        ({"seed": 5}, "Use one seed for both"),
        ({"settings": {"head": "logistic"}}, "Take head=bernoulli"),
    ],
)
def test_a_decoder_for_other_images_is_refused(changes, message):
    with pytest.raises(ConfigurationError, match=message):
        tuned(**changes).check(CONFIGURATION.parts("digits"), CONFIGURATION)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no json", "must be a decoder.json"),
        ("{}", "task: Field required"),
        (json.dumps({**FILE, "levels": 1}), "levels"),
        (json.dumps({**FILE, "settings": {"filter": 4}}), "Did you mean filters"),
        (json.dumps({**FILE, "settings": {"filters": 0}}), "filters of a decoder"),
    ],
)
def test_what_is_no_such_file_gets_one_line(text, message):
    with pytest.raises(ConfigurationError, match=message) as caught:
        TunedDecoder.parse(text, where="decoder.json")
    assert "\n" not in str(caught.value)


def test_a_geometric_rate_forgets_at_each_update():
    settings = DecoderSettings.of({"schedule": "geometric", "forgetting": "1e-3"})
    assert settings.plan(CONFIGURATION).decay == pytest.approx(0.999)
    long = CONFIGURATION.model_copy(update={"decoder_updates": 100_000})
    assert (settings.plan(long).patience, settings.plan(CONFIGURATION).patience) == (10, None)


@pytest.mark.parametrize(
    ("shape", "levels", "asked", "head"),
    [
        ((3, 8, 8), 256, {"mixtures": "5"}, "logistic"),
        ((1, 8, 8), 256, {}, "softmax"),
        ((1, 8, 8), 256, {"head": "logistic"}, "logistic"),
        ((1, 8, 8), 2, {}, "bernoulli"),
    ],
)
def test_the_head_suits_the_images(blank, shape, levels, asked, head):
    settings = DecoderSettings.of(asked)
    made = settings.network(blank(shape, levels), NoContext(), seed=0).settings
    assert (made.head, made.mixtures) == (head, settings.mixtures)
