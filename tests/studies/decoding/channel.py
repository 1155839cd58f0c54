"""Images of a known law, and a layer that knows of them what a noisy channel lets through."""

from dataclasses import dataclass

import numpy as np

from ib_mlflow.data import Dataset
from ib_mlflow.studies.decoding.contexts import GivenContext
from ib_mlflow.studies.decoding.division import Parts

KINDS, SIDE = 4, 4


@dataclass
class Channel:
    """x has independent pixels given one of four kinds; h is the kind, or with a probability any
    of the four, in coordinates that are turned at random at every epoch.

    Arguments:
        noise: by epoch, with what probability h is of any kind.
        n: images to learn from; a quarter are held out, and as many are evaluated on.
    """

    noise: dict[int, float]
    n: int = 4000

    def __post_init__(self):
        generator = np.random.default_rng(5)
        self.law = generator.choice([0.1, 0.9], (KINDS, SIDE * SIDE))
        parts, kinds = {}, {}
        for name, n in {
            "decoding": self.n,
            "validation": self.n // 4,
            "evaluation": self.n,
        }.items():
            kinds[name] = generator.integers(KINDS, size=n)
            bits = generator.random((n, SIDE * SIDE)) < self.law[kinds[name]]
            images = bits.astype(np.uint8).reshape(n, 1, SIDE, SIDE)
            parts[name] = Dataset(name, images, kinds[name], tuple("abcd"), name, 2)
        self.parts = Parts("channel", parts["decoding"], **parts)
        self.contexts, self.truths = {}, {}
        for epoch, noise in self.noise.items():
            turn = np.linalg.qr(generator.normal(size=(KINDS, KINDS)))[0]
            outputs = {}
            for name, part in parts.items():
                n = part.n
                other = generator.random(n) < noise
                seen = np.where(other, generator.integers(KINDS, size=n), kinds[name])
                outputs[part.digest] = (np.eye(KINDS)[seen] @ turn).astype(np.float32)
            self.contexts[epoch] = GivenContext("h", outputs)
            self.truths[epoch] = self.truth(parts["evaluation"], seen, noise)

    def truth(self, part, seen, noise):
        """ln p(x|h) of every image, (n,) nats, by the sum over kinds."""
        posterior = noise / KINDS + (1 - noise) * np.eye(KINDS)[seen]
        bits = part.inputs.reshape(part.n, -1)
        given = bits @ np.log(self.law).T + (1 - bits) @ np.log(1 - self.law).T
        return np.log((posterior * np.exp(given)).sum(axis=1))
