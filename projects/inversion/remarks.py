"""What the reports on inversions say of their numbers, and of what these are over."""

from collections.abc import Iterator, Sequence

from ib_mlflow.studies.judging.thresholds import FEWEST
from .configuration import NetworksConfiguration
from .decoders import WARM_SHARE
from .paper import DIFFERENCES


def inversion_remarks(configuration: NetworksConfiguration) -> list[str]:
    """What a reader of `inversion` must know."""
    return [
        *networks_remark(configuration, ["distances to drawn images", "accuracies"]),
        "The two claims about the label are not the paper's: they test the bound that one decoder "
        "gives, of which H(Y) is known.",
        "The nearest training image is looked for in the half that the classifier learnt from, "
        "the paper's in the training set: it lies farther here, which makes it easier for samples.",
        *DIFFERENCES,
    ]


def dynamics_remarks(configuration: NetworksConfiguration) -> list[str]:
    """What a reader of `inversion_dynamics` must know."""
    return [
        *networks_remark(configuration, ["the price of a warm start"]),
        "The paper draws these curves and prints no number of them.",
        "The rise is that of the highest stage after the first above the first, the fall that of "
        "the highest before the last above the last. Which stage is the highest for one half of "
        "the images is decided on the other half, so that the choice flatters neither; a curve "
        "that only rises, or only falls, disagrees with one of the claims.",
        "With a warm start a decoder begins with the weights of the stage before and takes at most "
        f"{WARM_SHARE:g} of the updates, with as many evaluations and the same patience; its "
        "difference from the decoder from scratch is the price, image by image. What it saves is "
        "measured by the held-out loss: the updates until that is as small as the best one from "
        "scratch, beside the updates that this one took.",
        *DIFFERENCES,
    ]


def judged_over(configuration: NetworksConfiguration) -> str:
    """What claims are judged over, in a word."""
    return "networks" if configuration.networks >= FEWEST else "test images"


def networks_remark(configuration: NetworksConfiguration, alone: Sequence[str]) -> Iterator[str]:
    """What a report says of what its claims are judged over.

    Arguments:
        configuration: the study's parameters.
        alone: what is known of the first network alone.
    """
    count = configuration.networks
    if count < FEWEST:
        yield (
            "The paper's numbers are of one network, and so are these: intervals are over test "
            f"images of one classifier and its decoders, and from networks={FEWEST} on over "
            "networks."
        )
        return
    yield (
        f"Claims are judged over {count} networks, of seeds {configuration.seed} to "
        f"{configuration.seed + count - 1} of the split, the classifier and its decoders; only "
        f"{', '.join(alone)} are of the first network, over its test images. Decoders of the "
        "others have a warm start from those of the first and half of its updates where the "
        "authors of the images have set a test part aside: their bounds are looser, by about the "
        "same in every layer; elsewhere they start from scratch."
    )
