"""The handwritten digits that come with scikit-learn."""

import numpy as np

from ib_mlflow.data.dataset import Dataset


def read() -> Dataset:
    """1797 handwritten digits of 8 × 8 pixels with 17 grey levels.

    Reference:
        Alpaydin and Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning
        Repository, 1998 (its test part, as scikit-learn carries it).

    Returns:
        n = 1797 samples of shape (1, 8, 8), c = 10 classes.

    Example:
        >>> digits = read()
        >>> digits.inputs.shape, digits.levels
        ((1797, 1, 8, 8), 17)
    """
    # scikit-learn takes a second to import, and no other dataset needs it.
    from sklearn.datasets import load_digits

    digits = load_digits()
    return Dataset(
        name="digits",
        inputs=digits.images[:, None].astype(np.uint8),
        labels=digits.target.astype(np.int64),
        classes=tuple(str(digit) for digit in digits.target_names),
        source="embedded in scikit-learn (load_digits)",
        levels=17,
    )
