"""What the studies of residual networks would have read, of known answers."""

import numpy as np
import pytest

from projects.resnet.labels import LabelCurves

EPOCHS = (0, 3, 30)
LEVELS = {"h1": (-1.2, -1.0, -0.4), "h2": (-1.4, -1.0, -0.4), "h3": (-1.7, -1.0, -0.4)}
LEVELS |= {"h4": (-2.0, -0.9, -0.5)}
"""What forward decoders say of the class at each epoch, in nats."""


@pytest.fixture
def terms_of():
    """Makes terms (e, t, n) of given levels, which networks and images vary about."""

    def build(levels, e=5, n=400, seed=0):
        generator = np.random.default_rng(seed)
        hard = 0.3 * np.random.default_rng(99).normal(size=(1, 1, n))
        own = 0.01 * generator.normal(size=(e, 1, 1))
        noise = 0.05 * generator.normal(size=(e, len(levels), n))
        noise -= noise.mean(axis=2, keepdims=True)
        # Differences between epochs vary over networks too: else these would be copies of one.
        moved = 1e-4 * generator.normal(size=(e, len(levels), 1))
        return np.array(levels)[None, :, None] + hard + own + noise + moved

    return build


@pytest.fixture
def labels_of(terms_of):
    """Makes label curves of given levels by layer."""

    def build(levels=LEVELS, **options):
        heads = {
            name: terms_of(of, seed=k, **options) for k, (name, of) in enumerate(levels.items())
        }
        probes = {name: terms - 0.5 for name, terms in heads.items()}
        own = heads["h1"] - 0.1
        return LabelCurves(
            epochs=EPOCHS,
            layers=tuple(levels),
            entropy=2.302,
            heads=heads,
            probes=probes,
            own=own,
            right=np.full(own.shape[:2], 0.5),
        )

    return build
