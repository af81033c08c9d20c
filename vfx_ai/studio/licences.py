"""What well-known licences allow, where their own text says it plainly. No advice of a lawyer."""

from __future__ import annotations

from vfx_ai.studio.model import USES

# SPDX id, or a name where there is none, in small letters: what it allows.
_BOTH, _RESEARCH = USES, ("research",)
LICENCES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause", "isc", "cc0-1.0", "unlicense"), _BOTH),
    **dict.fromkeys(("cc-by-4.0", "cc-by-3.0", "cc-by-sa-4.0"), _BOTH),
    # Both allow any purpose but those in a list of forbidden ones, which goes along with the model.
    **dict.fromkeys(("creativeml-openrail-m", "creativeml-openrail++-m", "openrail++"), _BOTH),
    **dict.fromkeys(("cc-by-nc-4.0", "cc-by-nc-sa-4.0", "cc-by-nc-nd-4.0", "cc-by-nc-3.0"), _RESEARCH),
    **dict.fromkeys(("flux-1-dev-non-commercial", "flux-non-commercial"), _RESEARCH),
}


def uses_by_licence(licence: str) -> tuple[str, ...]:
    """What a licence allows; nothing where it isn't in the table."""
    return LICENCES.get(licence.strip().lower(), ())
