"""The thresholds of single claims, in one place: each number with what it decides, and why it.

What every rule shares is in `ib_mlflow.studies.judging.thresholds`. A report prints those that the
judges of its claims reach (`ib_mlflow.studies.judging.reach`).
"""

from ib_mlflow.studies.judging.threshold import Threshold
from ib_mlflow.studies.judging.thresholds import NEAR

SAME_ACCURACY = Threshold(
    0.02, "accuracies within it are the same", "819 test rows of SZT tell an accuracy to 0.015"
)
WORSE = Threshold(
    0.02,
    "a share of right answers by which a network is worse",
    "the like of 0.02 between two accuracies",
)
LEARNT = Threshold(
    0.02,
    "accuracy above always naming one class from which a network has learnt",
    "819 rows tell an accuracy to 0.015",
)
FITTED_LABELS = Threshold(
    0.95, "training accuracy from which labels are fitted", "of random labels some are never learnt"
)
FITTED_ERROR = Threshold(
    0.95,
    "share of its way down after which the test error is fitted",
    "it comes down ever more slowly",
)
AT_CHANCE = Threshold(
    0.05, "accuracies within it of an even guess are at chance", "three standard errors of 819 rows"
)
STANDARD_ERRORS = Threshold(
    4.0,
    "standard errors within which a difference counts as none",
    "of thousands of differences none is beyond by chance",
)
NEAR_COUNT = Threshold(
    0.15,
    "nats within which an information is the logarithm of a number of clusters",
    "ln 4 and the entropy of three clusters are 0.35 nats apart",
)
NEAR_LEVEL = Threshold(
    0.01, "nats within which a curve reaches a level", "the exact curve is flat there to less"
)
STAGE = Threshold(
    0.5, "share of the way from four clusters to two that has to be lost", "less would be one stage"
)
NO_FALL = Threshold(
    1e-3,
    "nats that an exact curve may fall and yet only increase",
    "what a grid of weights leaves of a maximum",
)
ALL_TOLD = Threshold(
    0.01,
    "share of ln 4 by which I(X;T) may be short and tell all four inputs",
    "the last digit that Fig. 4c of Goldfeld et al. can be read to",
)
BIAS_RATIO = Threshold(
    0.1,
    "difference within which b/W is approximately the paper's",
    "the paper prints one decimal of it",
)
CLUSTERED = Threshold(
    0.5,
    "share of its largest spread, or of that one layer before, up to which a class has come "
    "together",
    "most of the way is then gone",
)
TRACKED = Threshold(
    0.25,
    "distance of two bounds, as a share of the fall between them, up to which they track it",
    "either bound alone then shows three quarters of the fall at the least",
)
FARTHER = Threshold(
    0.1,
    "share of epochs at which an estimate may be farther than two standard errors",
    "twice what it is of normal errors",
)
MINIMAL = Threshold(
    0.2,
    "change of the number of errors, as a share, that is minimal",
    "twice the deviation over seeds of Table 1, 4.6 of 50",
)
NEARLY = Threshold(
    0.999,
    "share of H(X) from which a layer tells nearly all apart",
    "one image in a thousand may share its bins",
)
SIMILAR = Threshold(
    0.8,
    "correlation from which a path is similar to the average",
    "short of 1 by as much as *high* allows",
)
EARLY_PART = Threshold(
    0.125,
    "part of training after which training on is asked about",
    "Fig. 17 of *Revisiting the Information Plane* turns at about epoch 1000 of 8000",
)
LOW = Threshold(
    0.25, "share of H(Y) up to which I(T;Y) is low", "half of the half that would be neither"
)
UNLIKE = Threshold(
    0.5,
    "what a similarity is short of 1, as a share of what unrelated networks are, up to which it is "
    "large",
    "nearer to the same than to unrelated; at twice of it any more than unrelated would do",
)
FAST = Threshold(0.1, "share of the epochs within which a phase is fast", "an order of magnitude")
CONSTANT = Threshold(
    0.1,
    "share of its whole fall by which a risk may change and be constant",
    "an order of magnitude",
)
SAME_EPOCH = Threshold(
    1.25,
    "factor within which two epochs are the same",
    "measured epochs are 5 % apart, and turns are read between them",
)
ABOUT_EPOCH = Threshold(
    2.0, "factor within which two epochs are about the same", "*about* is an octave"
)
SETTLED = Threshold(
    0.1,
    "share of its range by which a number may move in the second half of training and be at rest",
    "an order of magnitude",
)
STILL = Threshold(
    0.5 * NEAR,
    "nats (0.05 bits) by which an information may move in the second half of training and be at "
    "rest, however little it ranged over",
    "moving on as far for as long again it would not have changed",
)
RESOLVED = Threshold(
    0.02,
    "share of ln n within which I(X;T) tells the number of rows alone",
    "twice the 1 % of `saturated`",
)
FLAT = Threshold(
    0.1, "slope of tanh below which a unit is saturated", "a tenth of the largest: |t| above 0.95"
)
BULK = Threshold(
    0.25,
    "share of what is lost with free weights that may be lost otherwise and yet the bulk of "
    "compression be gone",
    "half of the half that would be as much as is gone",
)
VAST = Threshold(
    0.25, "share of units that may be otherwise and yet the vast majority not", "half of a half"
)
EARLY = Threshold(
    150.0,
    "last epoch of the beginning of training",
    "it comes before the lowest loss of tanh networks, at epoch 425; the paper has no number",
)
PATHWAY = Threshold(
    1 / 3,
    "how much nearer a path is to that of another kind of layer, from which it is of its shape",
    "it is then twice as far from that of its own kind",
)
SOME = Threshold(
    0.2,
    "share of networks below which something does not happen with some of them",
    "what is rarer is not met in the handful of networks that a paper shows",
)
BY_FAR = Threshold(
    1.0,
    "share by which a fall exceeds another from which it is larger by far",
    "it is then twice as large",
)
CONSIDERABLY = Threshold(
    0.5,
    "share of what a network has lost, from which another keeps considerably more",
    "it is then nearer to having lost nothing than to having lost as much",
)
FINE = Threshold(
    0.25,
    "cycles a pixel from which detail of an image counts as fine",
    "it is half of the finest that pixels can show along an axis",
)
LITTLE = Threshold(
    0.1,
    "share of an area by which a layer changes little of it",
    "a tenth of all that two histograms can share",
)
MUCH = Threshold(
    0.5, "share of their area from which two histograms overlap much", "it is most of it"
)
UNIT_FALL = Threshold(
    0.002,
    "nats an epoch by which the entropy of a unit falls on average",
    "the number of section 5 of Goldfeld et al.",
)
UNIT_SPREAD = Threshold(
    0.001,
    "nats an epoch by which the slopes of units may deviate",
    "the number of section 5 of Goldfeld et al.",
)
TIGHT = Threshold(
    0.25,
    "median distance within classes, as a share of that between them, up to which clusters are "
    "tight",
    "the gap between two clusters is then wider than either of them",
)
TIGHTER = Threshold(
    0.1,
    "share by which distances are smaller where clusters are tighter",
    "Fig. 6 of Goldfeld et al. shows them as histograms, in which less is not seen",
)
PARTED = Threshold(
    0.1,
    "share of their area by which histograms come to overlap less where clusters form",
    "section 5 of Goldfeld et al. has it clearly seen in Fig. 6a; up to a tenth is little",
)
LOSS_STAYS = Threshold(
    0.02,
    "nats by which a cross-entropy may end above its lowest and not have increased",
    "the right label is then 2 % less likely",
)
BEYOND_VIEW = Threshold(
    5.0,
    "activation from which units count as grown without bound",
    "five times what tanh can reach, and the last bin of Fig. 10b of Goldfeld et al.",
)
PLACE = Threshold(
    1.0,
    "way that samples have moved, over what is left to the place of another image, from which a "
    "place is lost and up to which it is kept",
    "it is half of the way that a sample would have moved that knew no place",
)
STRONG = Threshold(
    0.1,
    "share of fewer errors from which an improvement is strong",
    "twice as much is still less than Table 1 of Goldfeld et al. has",
)
SENSITIVE = Threshold(
    0.25,
    "share of H(X) from which an entropy depends highly on the width of its bins",
    "from bins to bins a plane would not be known again",
)
