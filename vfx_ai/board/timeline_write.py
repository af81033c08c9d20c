"""A board as a timeline for editorial tools: a clip for each panel, with its length, its notes and its words."""

from __future__ import annotations

from fractions import Fraction

from vfx_ai.board.extras import timeline_package
from vfx_ai.board.frames import frame_counts
from vfx_ai.board.record import Entry
from vfx_ai.board.shots import Script
from vfx_ai.board.timeline_read import OURS


def timeline_text(script: Script, entries: list[Entry], rate: Fraction) -> str:
    """The timeline, as OpenTimelineIO's JSON; the same for the same board.

    Its media are the panels, by their names within the board's folder. A clip's metadata hold the shot's words, by
    which `timeline_read` makes the same shots of it.

    Raises:
        VfxAiError: OpenTimelineIO isn't installed.
    """
    otio = timeline_package()
    fps = float(rate)

    def span(frames: int) -> object:
        start, length = otio.opentime.RationalTime(0, fps), otio.opentime.RationalTime(frames, fps)
        return otio.opentime.TimeRange(start, length)

    track = otio.schema.Track(name="Storyboard", kind=otio.schema.TrackKind.Video)
    counts = frame_counts([one.shot.seconds for one in entries], rate)
    for one, frames in zip(entries, counts, strict=True):
        shot = one.shot
        media = otio.schema.ExternalReference(target_url=one.panel.file, available_range=span(frames))
        said = {
            "id": one.id,
            "scene": shot.scene,
            "number": shot.number,
            "slug": shot.slug,
            "action": shot.action,
            "dialogue": [{"who": part.who, "words": part.words, "how": part.how} for part in shot.dialogue],
            "camera": shot.camera,
            "notes": list(shot.notes),
            "transition": shot.transition,
            "code": shot.code,
            "picture": one.panel.source,
            "picture_title": one.panel.title,
        }
        clip = otio.schema.Clip(
            name=shot.number or one.id, media_reference=media, source_range=span(frames), metadata={OURS: said}
        )
        for words in filter(None, (shot.camera, *shot.notes)):
            marker = otio.schema.Marker(name=words[:60], marked_range=span(1), color=otio.schema.MarkerColor.YELLOW)
            clip.markers.append(marker)
        track.append(clip)
    timeline = otio.schema.Timeline(name=script.title, global_start_time=otio.opentime.RationalTime(0, fps))
    timeline.tracks.append(track)
    return str(otio.adapters.write_to_string(timeline, "otio_json", indent=1)) + "\n"
