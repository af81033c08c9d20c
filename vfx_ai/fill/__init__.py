"""The engines that fill a hole, and what the values of fill.source mean."""

SOURCES: dict[int, str] = {
    0: "plate",
    1: "another frame",
    2: "patch of the shot",
    3: "model of the shot or the studio",
    4: "foundation model",
    5: "hand-painted",
    6: "smooth",
}
PLATE, OTHER_FRAME, SMOOTH = 0, 1, 6
