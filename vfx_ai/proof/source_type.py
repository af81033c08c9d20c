"""How a result's pixels were made, in IPTC's words: the Digital Source Type, which C2PA manifests carry.

The terms are those of https://cv.iptc.org/newscodes/digitalsourcetype/ (revision of October 2024); C2PA's specification
asks for one in each `c2pa.created` action, and has one of its own for what can't be told.
"""

from __future__ import annotations

from collections.abc import Mapping

_IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
UNKNOWN = "http://c2pa.org/digitalsourcetype/empty"
COMPOSITE = f"{_IPTC}composite"
ALGORITHM = f"{_IPTC}algorithmicMedia"
HUMAN = f"{_IPTC}humanEdits"
TRAINED = f"{_IPTC}trainedAlgorithmicMedia"
WITH_TRAINED = f"{_IPTC}compositeWithTrainedAlgorithmicMedia"

# Of each kind of pixel (see `vfx_ai.fill.KINDS`): its source type, and what was done, as a manifest says it.
EDITS: dict[str, tuple[str, str]] = {
    "real": (COMPOSITE, "pixels that other frames of the same shot show at this place, or this frame with other light"),
    "patch": (ALGORITHM, "texture of the shot itself or of its reference, at another place; no trained model"),
    "painted": (HUMAN, "pixels that a person painted, carried through the shot"),
    "generated": (TRAINED, "pixels that a trained model made"),
    "smooth": (ALGORITHM, "a smooth surface between known pixels; no trained model"),
}
# Whole plates that are new: nothing of them is a plate's own.
_NEW = ("plate_generate", "plate_by_model")


def source_type(kind: str, made: Mapping[str, int]) -> str:
    """The source type of a whole result.

    What a trained model had part in is always said. A plate may be photographed or rendered, which isn't known, so that
    "composite" is said of all else rather than that it is captured from real life.

    Args:
        kind: what was done, see `steps.proof.READ`.
        made: pixels by kind, see `Sidecar.made`.
    """
    if made.get("generated"):
        others = sum(made.values()) - made["generated"]
        return TRAINED if kind in _NEW and not others else WITH_TRAINED
    if not any(made.values()):
        return UNKNOWN  # the plate as it was
    return ALGORITHM if kind in _NEW else COMPOSITE
