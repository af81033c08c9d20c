"""Channels of the EXRs that the tests in Blenders get."""

from __future__ import annotations

import numpy as np
import OpenEXR


def pixels(file, names="RGB"):
    channels = OpenEXR.File(str(file), separate_channels=True).parts[0].channels
    return np.stack([channels[name].pixels.astype(np.float32) for name in names], -1)


def channels_of(file):
    return {name: one.pixels for name, one in OpenEXR.File(str(file), separate_channels=True).parts[0].channels.items()}
