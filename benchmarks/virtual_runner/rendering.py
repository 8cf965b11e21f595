"""One clip: spec → video + truth. The stages in order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from .camera import lens_of
from .dressing import DressedBody
from .movement import Movement
from .rig import Rig
from .skeleton import Skeleton
from .spec import Clip
from .truth import Recorder
from .video import Image, Sensor, VideoWriter

CHEST_M = 0.9  # height at which the shadow map is centred


def movement_of(clip: Clip) -> Movement:
    skeleton = Skeleton(Rig(clip.body), clip.form)
    return Movement(skeleton, clip.recording.seconds, clip.recording.start_s, overground=not clip.setting.treadmill)


def truth_of(clip: Clip) -> Recorder:
    """The truth of a clip without rendering it."""
    recorder = Recorder(clip, movement_of(clip), lens_of(clip))
    for i in range(clip.frames):
        recorder.add(i / clip.recording.fps)
    return recorder


def render_clip(clip: Clip, out_dir: Path, per_frame: bool = True) -> dict[str, Any]:
    """Write NAME.mp4, NAME.truth.json and (``per_frame``) NAME.frames.npz; return the truth."""
    out_dir.mkdir(parents=True, exist_ok=True)
    recorder = truth_of(clip)
    truth = recorder.truth()
    _render_video(clip, recorder, out_dir / f"{clip.name}.mp4")
    if per_frame:
        np.savez_compressed(out_dir / f"{clip.name}.frames.npz", **recorder.frames())
    (out_dir / f"{clip.name}.truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    return truth


def _render_video(clip: Clip, recorder: Recorder, path: Path) -> None:
    from .renderer import Renderer  # noqa: PLC0415  the truth alone needs no graphics

    body = DressedBody(recorder.movement.skeleton.rig, clip.outfit)
    renderer = Renderer(body, recorder.lens, clip.scene)
    sensor = Sensor(clip.recording, 1 + clip.form.seed)

    def picture(time_s: float) -> Image:
        pose = recorder.movement.pose(time_s)
        centre = np.array([pose.at("pelvis")[0], 0.0, CHEST_M])
        return renderer.frame(body.posed(pose), clip.form.speed_m_s * time_s, centre)

    try:
        with VideoWriter(path, clip.recording) as video:
            for time_s in recorder.times:
                video.write(sensor.expose([picture(t) for t in exposure_times(clip, time_s)]))
    finally:
        renderer.close()


def exposure_times(clip: Clip, time_s: float) -> list[float]:
    """Moments averaged into one frame: the shutter is open around the frame's own time."""
    count, recording = clip.recording.blur_samples, clip.recording
    if count == 1:
        return [time_s]
    open_s = recording.shutter / recording.fps
    return [time_s + ((k + 0.5) / count - 0.5) * open_s for k in range(count)]
