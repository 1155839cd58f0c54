"""Whether the best decoder of a search says more of images than the others."""

from collections.abc import Iterator, Sequence

from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.verdicts import Judgement, positive
from .decoder_jobs import USUAL
from .decoder_readings import DecoderSearch, Pair, nearest


def beside_the_usual(readings: DecoderSearch) -> Iterator[Pair]:
    """The best beside the decoder that was not tuned."""
    yield from (pair for pair in readings.pairs if pair.other == USUAL)


def says_more(pair: Pair) -> Judgement:
    """Whether the best decoder says more of an image than the other, the choice considered."""
    return positive(pair.gain, note=f"Beside {pair.other}, of {pair.rivals} decoders.")


CLAIMS: Sequence[Claim[DecoderSearch, Pair]] = (
    Claim(
        "the decoder of trial {of.best} says more of held-out images than that of every other "
        "trial that came to its end",
        "this search",
        says_more,
        nearest,
    ),
    Claim(
        "and more than the usual decoder, which was not tuned",
        "this search",
        says_more,
        beside_the_usual,
    ),
)
