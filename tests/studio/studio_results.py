"""Files of results and weights, as small as they can be."""

from __future__ import annotations

import numpy as np


def result_file(make_exr, path, seed=1):
    """A result as the program writes it: 12 pixels of frame 1003, 4 of a model, 4 smooth."""
    source, number = np.zeros((20, 24), np.float16), np.zeros((20, 24), np.float32)
    source[2, :12], number[2, :12] = 1, 1003
    source[3, :4], source[4, :4] = 3, 6
    rng = np.random.default_rng(seed)
    channels = {name: rng.normal(0.5, 1, (20, 24)).astype(np.float16) for name in "RGB"}
    channels |= {"fill.source": source, "fill.from.frame": number}
    return make_exr(path, channels)


def weights(path, words=b"weights"):
    path.write_bytes(words)
    return path
