"""By how much clusters form and tighten, as all studies of them judge it.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, sections 1 and 5, supplement 8; Fig. 6 and 9.
"""

from ib_mlflow.studies.judging.judgements import Judgement, steady
from ib_mlflow.studies.judging.margins import PARTED, TIGHTER
from ib_mlflow.studies.judging.verdicts import rises
from ib_mlflow.trajectory.members import Numbers


def parted(first: Numbers, last: Numbers, *, note: str = "") -> Judgement:
    """Judge whether distances within classes part from those between them.

    Arguments:
        first: (e,) the area that their histograms share at first.
        last: (e,) the same at the end.
        note: what else was measured.

    Returns:
        Whether they come to share less by more than a tenth of it, on average over networks.

    Example:
        >>> import numpy as np
        >>> before = np.array([0.9, 0.91, 0.92, 0.93, 0.94])
        >>> parted(before, before / 2).verdict, parted(before, 0.98 * before).verdict
        ('agrees', 'disagrees')
    """
    counted = f"How much more than the {PARTED:g} from which clusters form. {note}".strip()
    return steady(lambda k: rises(first - last - k * PARTED, "of the area", note=counted))


def tighter(these: Numbers, those: Numbers, *, unit: str = "", note: str = "") -> Judgement:
    """Judge whether some clusters are tighter than others, network by network.

    Arguments:
        these: (e,) how wide they are, from 0 on.
        those: (e,) how wide the others are, in the same unit.
        unit: of both, in words.
        note: what else was measured.

    Returns:
        Whether they are less wide by more than a tenth of it, on average over networks.

    Example:
        >>> import numpy as np
        >>> wide = np.array([0.9, 0.91, 0.92, 0.93, 0.94])
        >>> tighter(wide / 2, wide).verdict, tighter(0.96 * wide, wide).verdict
        ('agrees', 'disagrees')
    """
    counted = f"How much more than {TIGHTER:g} of the wider ones. {note}".strip()
    return steady(lambda k: rises((1 - k * TIGHTER) * those - these, unit, note=counted))
