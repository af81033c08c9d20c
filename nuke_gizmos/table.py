"""The gizmos that are shipped; a further one is a description and a row here."""

from __future__ import annotations

from nuke_gizmos.by_model import EDIT, IMAGINE
from nuke_gizmos.clean_plate import CLEAN_PLATE
from nuke_gizmos.describe import Gizmo
from nuke_gizmos.extend import EXTEND
from nuke_gizmos.inpaint import INPAINT
from nuke_gizmos.matte import MATTE
from nuke_gizmos.new_plates import GENERATE, LOOP

GIZMOS: tuple[Gizmo, ...] = (INPAINT, MATTE, CLEAN_PLATE, EXTEND, GENERATE, LOOP, EDIT, IMAGINE)
