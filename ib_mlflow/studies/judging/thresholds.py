"""All that decides a verdict beside the numbers: few thresholds, each with its reason.

A study that needs one of its own names it beside its claims, and judges through
`ib_mlflow.studies.judging.parts.steady`, which asks at half and at twice the threshold too.
"""

import numpy as np

LEVEL = 0.05
"""A verdict of chance alone is this rare: the usual level, that of 95 % intervals."""
FEWEST = 5
"""Networks from which an interval is given, and a mean decides; below, four numbers that happen
to lie on one side would."""
FEWEST_VOTES = 6
"""Networks from which a share decides: five of five have an exact p of 0.0625, six of six 0.031."""
FEWEST_SKEWED = 10
"""Networks from which a skewed mean gets a bootstrap-t interval; fewer resample too little."""
SKEWED = 1.0
"""The sample skewness from which a mean counts as skewed: an exponential has 2, a normal 0."""
TOLERANCE = 1e-9
"""Of the scale of a number: what is smaller is rounding, and decides nothing."""
ACCIDENT = 0.05
"""The share of networks in which something may seem to happen though it never does."""
NEAR = 0.1 * float(np.log(2))
"""Informations closer than this, 0.1 bits, count as equal where a claim says that they are: the
last digit that the papers' planes can be read to."""
SHARE = 0.05
"""A layer compresses if it loses more than this share of H(X): less is not seen in a plane."""
SHORT = 0.2
"""A correlation is high if it is short of 1 by no more than this."""
FOLLOWS = 0.5
"""A number follows another if their rank correlation is short of 1 by no more than this: what Cohen
(1988) calls large. At twice of it any positive correlation would do."""
ACCURACY_MARGIN = 0.01
"""Accuracies this close are the same: tables give hundredths."""
STRAIGHT = 0.8
"""A trend is linear if a line explains this share of the variance of the medians."""
SEEN = 0.75
"""A setting counts in a power law if this share of its networks had the time within training."""
FACTORS = (1.0, 0.5, 2.0)
"""What a threshold is multiplied by to see whether a verdict hangs on it."""
