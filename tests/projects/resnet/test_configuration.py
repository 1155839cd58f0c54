import pytest

from ib_mlflow.errors import ConfigurationError, InvalidInputError
from ib_mlflow.studies.decoding import memory
from ib_mlflow.training.fitting import last_fall
from projects.registry import load_study
from projects.resnet.configuration import EncodedConfiguration
from projects.resnet.encoders import encoder_fit, encoder_plan, updates_of
from projects.resnet.resnet_classifier import Configuration
from projects.resnet.resnet_samples import Configuration as Samples
from projects.resnet.works import reader_works


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("layers", "h33", "no layer is called h33; did you mean h3"),
        ("layers", "H2", "no layer is called H2; did you mean h2"),
        ("layers", "h2,h2", "name each value once"),
        ("epochs", "3,30", "name 0 and one epoch or more after it"),
        ("epochs", "0,30,3", "in order"),
        ("epochs", "0", "one epoch or more"),
        ("widths", "16,0", "greater than or equal to 1"),
        ("sizes", "8,8", "name each value once"),
        ("decoders", "amortized", r"Did you mean amortised\? Allowed: auto|amortised|warm|scratch"),
        ("decoders", "scrach", r"Did you mean scratch\?"),
        ("layers", "", "name layers of h1, h2, h3, h4, one at least"),
        ("task", "mnist", "'digits', 'cifar10', 'cinic10' or 'svhn'"),
    ],
)
def test_bad_values_are_refused_in_a_line(name, value, message):
    with pytest.raises(ConfigurationError, match=message) as raised:
        Configuration.parse(["--scale", "toy", f"--{name}", value])
    assert "\n" not in str(raised.value)


def test_images_of_other_levels_are_refused():
    configuration = Configuration.parse(["--scale", "toy", "--binary", "false"])
    with pytest.raises(ConfigurationError, match=r"2 levels or 256; received 17 of digits"):
        configuration.parts(configuration.task)


@pytest.mark.parametrize(
    ("value", "message"),
    [("0,7", "epoch 7 is not measured; did you mean 2"), ("2,0", "in order"), ("0", "two epochs")],
)
def test_samples_are_of_measured_epochs(value, message):
    with pytest.raises(ConfigurationError, match=message):
        Samples.parse(["--scale", "toy", "--sampled", value])


def test_no_fewer_images_are_compared_than_are_shown():
    with pytest.raises(ConfigurationError, match="the 9 images of a grid are among those"):
        Samples.parse(["--scale", "toy", "--shown", "9", "--compared", "8"])
    assert Samples.parse(["--scale", "toy", "--shown", "9", "--compared", "9"]).compared == 9


@pytest.mark.parametrize("objective", ["classifier", "autoencoder"])
def test_images_that_cannot_be_halved_so_often_are_refused_before_training(objective):
    """Digits are 8 × 8: halved three times they are a pixel, four times they are none."""
    configuration = Configuration.parse(["--scale", "toy", "--widths", "4,4,4,4,4"])
    parts = configuration.parts(configuration.task)
    with pytest.raises(InvalidInputError, match=r"multiples of 64, or of 16.*received 8 × 8"):
        encoder_fit(configuration, parts, objective, seed=0)
    with pytest.raises(InvalidInputError, match="received 8 × 8"):
        list(reader_works(configuration, parts, objective))


@pytest.mark.parametrize(
    "study", ["resnet_classifier", "resnet_autoencoder", "resnet_samples", "resnet_unconditional"]
)
def test_every_study_refuses_decoders_that_do_not_fit_before_there_is_a_run(study, monkeypatch):
    """What a study would fit is asked before its run is opened."""
    own = load_study(study)
    configuration = own.configuration.parse(["--scale", "toy"])
    assert list(own.works(configuration))
    monkeypatch.setattr(memory, "memory_left", lambda: 1.0)
    monkeypatch.setattr("ib_mlflow.memory.memory_left", lambda: 1.0)
    with pytest.raises(InvalidInputError, match="an update of a decoder must fit in memory"):
        list(own.works(configuration))


@pytest.mark.parametrize("scale", ["toy", "quick", "paper"])
def test_studies_share_their_networks_and_decoders(scale):
    """What determines networks and decoders is the same in both studies of a classifier."""
    layers, samples = (model.parse(["--scale", scale]) for model in (Configuration, Samples))
    shared = {*EncodedConfiguration.model_fields} & {*samples.model_dump()}
    for name in shared:
        assert getattr(layers, name) == getattr(samples, name), name
    assert set(samples.sampled) <= set(layers.epochs)
    size = max(layers.sizes)
    assert layers.decoding(size, 3) == samples.decoding(size, 3)
    assert layers.decoding(size, 3).filters == size
    assert layers.density_plan() == samples.density_plan()


@pytest.mark.parametrize("updates", [200, 400, 3000])
def test_what_a_decoder_gained_over_its_last_tenth_is_of_its_last_tenth(updates):
    """A loss that falls by 1 an update falls by a tenth of the updates over the last of them."""
    layers = Configuration.parse(["--scale", "quick", "--decoder_updates", str(updates)])
    losses = {update: -float(update) for update in layers.density_plan().evaluations}
    assert last_fall(losses) == pytest.approx(updates / 10, abs=1)


def test_layers_stand_in_their_depth_however_they_were_typed():
    configuration = Configuration.parse(["--scale", "toy", "--layers", "h4,h2,h3"])
    assert configuration.layers == ("h2", "h3", "h4")


def test_layers_are_those_of_the_widths():
    configuration = Configuration.parse(["--widths", "4,4", "--layers", "h2,h3"])
    assert configuration.layer_names == ("h1", "h2", "h3")
    with pytest.raises(ConfigurationError, match="no layer is called h4"):
        Configuration.parse(["--widths", "4,4"])


def test_epochs_are_updates_of_the_encoding_part():
    configuration = Configuration.parse(["--scale", "toy", "--epochs", "0,1,5"])
    parts = configuration.parts(configuration.task)
    n = parts.encoding.n
    assert updates_of(configuration, parts) == {0: 0, 1: round(n / 128), 5: round(5 * n / 128)}
    plan = encoder_plan(configuration, parts)
    assert (plan.optimiser, plan.learning_rate, plan.momentum) == ("sgd", 0.1, 0.9)
    assert (plan.weight_decay, plan.decay) == (5e-4, "cosine")
    assert plan.evaluations == tuple(updates_of(configuration, parts).values())


def test_a_batch_of_more_images_than_there_are_is_refused():
    configuration = Configuration.parse(["--scale", "toy", "--encoder_batch", "4096"])
    parts = configuration.parts(configuration.task)
    with pytest.raises(ConfigurationError, match=r"no more images than the .* of the encoding"):
        updates_of(configuration, parts)
