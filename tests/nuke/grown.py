"""How much wider Extend is asked to make a frame, in each of its three ways."""

from __future__ import annotations

# What is written, and the pixels at the left and below, at the right and above.
GROWN = [
    ("sides", "pad", "2,1,3,0", (2, 0, 3, 1)),
    ("sides", "pad", "25%,0,0,50%", (2, 3, 0, 0)),
    ("format", "format", "11x9", (1, 2, 2, 1)),
    ("format", "format", "12x3", (2, -1, 2, -2)),
    ("overscan", "overscan", "25%", (0, 0, 0, 0)),
]
