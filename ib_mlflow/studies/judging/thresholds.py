"""All that decides a verdict beside the numbers: few thresholds, each with its reason.

Those of single claims are in `ib_mlflow.studies.judging.margins`; either are judged through
`ib_mlflow.studies.judging.judgements.steady`, which asks at half and at twice of them too.
"""

import numpy as np

from ib_mlflow.studies.judging.threshold import Threshold

LEVEL = 0.05
"""A verdict of chance alone is this rare: the usual level, that of 95 % intervals."""
FEWEST = 5
"""Networks from which an interval is given, and a mean decides; below, four numbers that happen
to lie on one side would."""
FEWEST_VOTES = 6
"""Networks from which a share decides: five of five have an exact p of 0.0625, six of six 0.031."""
FEWEST_SKEWED = 10
"""Networks from which bootstrap-t holds for a skewed mean; fewer resample too little."""
SKEWED = 0.7
"""The sample skewness from which a mean counts as skewed: a normal has 0, an exponential 2, of
which ten numbers often show less than 1."""
TOLERANCE = 1e-9
"""Of the scale of a number: what is smaller is rounding, and decides nothing."""
ACCIDENT = Threshold(
    0.05,
    "share of networks in which something may seem to happen though it never does",
    "as rare as a verdict of chance alone",
)
NEAR = Threshold(
    0.1 * float(np.log(2)),
    "nats (0.1 bits) within which informations are equal, and from which they have changed",
    "the last digit that the papers' planes can be read to",
)
SHARE = Threshold(
    0.05, "share of H(X) from which a loss is a compression", "less is not seen in a plane"
)
SHORT = Threshold(
    0.2, "what a high correlation may be short of 1", "at twice of it 0.6 would be high"
)
FOLLOWS = Threshold(
    0.5,
    "what the rank correlation of a number that follows another may be short of 1",
    "what Cohen (1988) calls large; at twice of it any positive one would do",
)
ACCURACY_MARGIN = Threshold(0.01, "accuracies within it are the same", "tables give hundredths")
STRAIGHT = Threshold(
    0.8,
    "share of the variance of medians that a line explains of a linear trend",
    "what it is short of 1 by is halved and doubled",
)
SEEN = Threshold(
    0.75,
    "share of the networks of a setting that must have had the time within training",
    "their median is then well inside",
)
LATER = Threshold(
    2.0,
    "factor by which what a paper sees from an epoch on may come later here",
    "epochs hang on the learning rate, and *about* is an octave",
)
LEARNS = Threshold(
    0.1,
    "share of the first training loss by which it falls in a network that has learnt",
    "an order of magnitude",
)
FACTORS = (1.0, 0.5, 2.0)
"""What a threshold is multiplied by to see whether a verdict hangs on it."""
