import pytest

from ib_mlflow.studies.decoding.configuration import Dropout, new_decoder
from ib_mlflow.studies.decoding.contexts import LabelContext, NoContext


@pytest.mark.parametrize(
    ("shape", "levels", "head", "coarse"),
    [
        ((1, 28, 28), 256, "softmax", 3),
        ((1, 14, 14), 2, "bernoulli", 2),
        ((3, 32, 32), 256, "logistic", 3),
        ((1, 40, 40), 256, "softmax", 3),
        ((1, 8, 8), 2, "bernoulli", 2),
        ((1, 9, 9), 2, "bernoulli", 1),
    ],
)
def test_a_decoder_has_the_head_and_the_levels_of_its_images(
    blank, configuration, shape, levels, head, coarse
):
    decoder = new_decoder(blank(shape, levels), LabelContext(5), configuration)
    assert decoder.settings.head == head
    assert decoder.settings.levels == coarse
    assert decoder.settings.context == (5,)
    assert decoder.settings.filters == (6 if shape[0] == 3 else 4)


@pytest.mark.parametrize(
    ("asked", "most", "blocks", "context"),
    [
        (None, 0.5, 0.5, 0.0),
        (Dropout(0.1), 0.5, 0.1, 0.0),
        (Dropout(0.5, 0.2), 0.5, 0.5, 0.2),
        (Dropout(0.5, 0.2), 0.0, 0.0, 0.0),
    ],
)
def test_no_decoder_drops_more_than_the_configuration(
    blank, configuration, asked, most, blocks, context
):
    configuration = configuration.model_copy(update={"dropout": most})
    settings = new_decoder(blank((1, 8, 8), 2), NoContext(), configuration, asked).settings
    assert (settings.dropout, settings.context_dropout) == (blocks, context)


def test_a_short_training_decays_to_zero_and_a_long_one_stops_early(configuration):
    short = configuration.decoder_plan()
    assert (short.decay, short.patience, short.updates) == ("cosine", None, 2)
    long = configuration.model_copy(update={"decoder_updates": 250_000})
    assert (long.decoder_plan().decay, long.decoder_plan().patience) == (0.9999, 10)
    assert long.helper_plan().updates == 50_000
    assert configuration.helper_plan().updates == 2
