"""What red, green, blue and white are: sets of primaries by their chromaticities, and the matrices between them.

Chromaticities are eight numbers as OpenEXR stores them: x and y of red, green, blue and white (CIE 1931).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Chromaticities = tuple[float, ...]
Matrix = npt.NDArray[np.float64]

_D65, _ACES_WHITE = (0.3127, 0.3290), (0.32168, 0.33767)
REC709: Chromaticities = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, *_D65)
AP0: Chromaticities = (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, *_ACES_WHITE)

# By their makers' papers: ITU-R BT.709 and BT.2020, SMPTE ST 428-1 with D65, SMPTE ST 2065-1, Academy S-2014-004, Adobe
# RGB (1998), ARRI's LogC3 and LogC4 specifications, Sony's S-Gamut3 papers, Panasonic's V-Log/V-Gamut manual, RED's
# REDWideGamutRGB and Log3G10 paper, Canon's Cinema Gamut paper, Blackmagic Design's Generation 5 and DaVinci papers,
# DJI's D-Log paper.
KNOWN: dict[str, Chromaticities] = {
    "Rec.709": REC709,
    "Rec.2020": (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, *_D65),
    "P3-D65": (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, *_D65),
    "ACES AP0": AP0,
    "ACEScg AP1": (0.713, 0.293, 0.165, 0.830, 0.128, 0.044, *_ACES_WHITE),
    "CIE XYZ": (1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1 / 3, 1 / 3),
    "Adobe RGB": (0.64, 0.33, 0.21, 0.71, 0.15, 0.06, *_D65),
    "ARRI Wide Gamut 3": (0.684, 0.313, 0.221, 0.848, 0.0861, -0.1020, *_D65),
    "ARRI Wide Gamut 4": (0.7347, 0.2653, 0.1424, 0.8576, 0.0991, -0.0308, *_D65),
    "S-Gamut3": (0.730, 0.280, 0.140, 0.855, 0.100, -0.050, *_D65),
    "S-Gamut3.Cine": (0.766, 0.275, 0.225, 0.800, 0.089, -0.087, *_D65),
    "V-Gamut": (0.730, 0.280, 0.165, 0.840, 0.100, -0.030, *_D65),
    "REDWideGamutRGB": (0.780308, 0.304253, 0.121595, 1.493994, 0.095612, -0.084589, *_D65),
    "Cinema Gamut": (0.740, 0.270, 0.170, 1.140, 0.080, -0.100, *_D65),
    "Blackmagic Wide Gamut": (0.7177215, 0.3171181, 0.2280410, 0.8615690, 0.1005841, -0.0820452, 0.3127170, 0.3290312),
    "DaVinci Wide Gamut": (0.8000, 0.3130, 0.1682, 0.9877, 0.0790, -0.1155, *_D65),
    "D-Gamut": (0.71, 0.31, 0.21, 0.88, 0.09, -0.08, *_D65),
}
# Programs write chromaticities with three or four digits, and as float.
_SAME = 0.0015
# Makers adapt white to ACES in ways whose matrices differ by half of this; any two sets above differ by twice of it.
_ALIKE = 0.01

_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def name_of(chromaticities: Chromaticities) -> str:
    """The name in `KNOWN` of the set that these are; "" if there is none."""
    near = {name: max(abs(a - b) for a, b in zip(known, chromaticities, strict=True)) for name, known in KNOWN.items()}
    best = min(near, key=near.__getitem__)
    return best if near[best] <= _SAME else ""


def known_by_matrix(to_ap0: Matrix) -> str:
    """The name in `KNOWN` of the primaries whose linear light a matrix [3, 3] turns into ACES2065-1; "" if none."""
    near = {name: float(np.abs(matrix_to_ap0(known) - to_ap0).max()) for name, known in KNOWN.items()}
    best = min(near, key=near.__getitem__)
    return best if near[best] <= _ALIKE else ""


def usable(chromaticities: Chromaticities) -> bool:
    """Whether these are eight numbers that span a gamut around a white."""
    if len(chromaticities) != 8 or not np.isfinite(chromaticities).all() or chromaticities[7] <= 0:
        return False
    try:
        to_xyz = _to_xyz(chromaticities)
    except np.linalg.LinAlgError:
        return False
    # White as a mixture with no negative part, of primaries that differ.
    return bool(np.isfinite(to_xyz).all() and np.linalg.cond(to_xyz) < 1e4 and (to_xyz[1].sum() > 0))


def matrix_to_ap0(chromaticities: Chromaticities) -> Matrix:
    """[3, 3] float64 that turns linear light of these primaries into ACES2065-1, white adapted by Bradford's method."""
    to_xyz = _to_xyz(chromaticities)
    source, target = (_BRADFORD @ _xyz(*white) for white in (chromaticities[6:8], _ACES_WHITE))
    adapted = np.linalg.inv(_BRADFORD) @ np.diag(target / source) @ _BRADFORD
    made: Matrix = np.linalg.inv(_to_xyz(AP0)) @ adapted @ to_xyz
    return made


def _to_xyz(chromaticities: Chromaticities) -> Matrix:
    columns = np.stack([_xyz(*chromaticities[i : i + 2]) for i in (0, 2, 4)], 1)
    white = _xyz(*chromaticities[6:8])
    made: Matrix = columns * np.linalg.solve(columns, white)
    return made


def _xyz(x: float, y: float) -> Matrix:
    """XYZ of a chromaticity, scaled so that Y is 1 where that can be."""
    scale = 1.0 / y if y else 1.0
    return np.array([x * scale, y * scale, (1.0 - x - y) * scale])
