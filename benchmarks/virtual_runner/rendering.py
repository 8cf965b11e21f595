"""One clip: spec → video + truth. The stages in order."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from . import scenery
from .camera import Filming
from .dressing import DressedBody
from .maths import Array
from .movement import Movement
from .plausible import implausible
from .presets import STANDING, WALKING, scaled
from .rig import load_rig
from .skeleton import Skeleton
from .spec import ClipSpec, Form
from .truth import Recorder
from .video import Image, Sensor, VideoWriter

CHEST_M = 0.9  # height at which the shadow map is centred


def movement_of(clip: ClipSpec) -> Movement:
    """The runner's movement; ValueError when no human could move like this."""
    skeleton = Skeleton(load_rig(clip.body), clip.form)
    faults = implausible(skeleton)
    if faults:
        raise ValueError(f"{clip.name}: {'; '.join(faults)}")
    recording = clip.recording
    return Movement(skeleton, recording.seconds, recording.start_s, overground=not clip.setting.treadmill)


def truth_of(clip: ClipSpec) -> Recorder:
    """The truth of a clip without rendering it."""
    recorder = Recorder(clip, movement_of(clip), Filming(clip))
    for time_s in frame_times(clip):
        recorder.add(time_s)
    return recorder


def frame_times(clip: ClipSpec) -> list[float]:
    """Real time of each frame."""
    recording = clip.recording
    times = np.arange(clip.frames) / recording.fps
    if recording.uneven:
        noise = np.random.default_rng(clip.form.seed).normal(0, recording.uneven, clip.frames)
        times[1:] += np.clip(noise[1:], -0.4, 0.4) / recording.fps
    return [float(t) for t in times]


def render_clip(clip: ClipSpec, out_dir: Path, per_frame: bool = True) -> dict[str, Any]:
    """Write NAME.mp4, NAME.truth.json and (``per_frame``) NAME.frames.npz; return the truth."""
    out_dir.mkdir(parents=True, exist_ok=True)
    recorder = truth_of(clip)
    truth = recorder.truth()
    Studio(clip, recorder.movement, recorder.filming).record(recorder.times, out_dir / f"{clip.name}.mp4")
    if per_frame:
        frames: dict[str, Any] = recorder.frames()
        np.savez_compressed(out_dir / f"{clip.name}.frames.npz", **frames)
    (out_dir / f"{clip.name}.truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    return truth


class Actor:
    """A dressed body, its movement and the position of its origin."""

    def __init__(self, movement: Movement, body: DressedBody, place: Array):
        self.movement, self.body, self.place = movement, body, place

    def mesh(self, time_s: float) -> Array:
        """(n, 6)"""
        pose = self.movement.pose(time_s).moved(self.place)
        return self.body.posed(pose, self.movement.schedule.phase_at(time_s))


class Reflection:
    """An actor's image in the mirrors."""

    def __init__(self, actor: Actor, camera_side: float):
        self.actor, self.body, self.mirror_y = actor, actor.body, -camera_side * scenery.MIRROR_M

    def mesh(self, time_s: float) -> Array:
        """(n, 6)"""
        mesh = self.actor.mesh(time_s)
        mesh[:, [1, 4]] *= -1
        mesh[:, 1] += 2 * self.mirror_y
        return mesh


class Studio:
    """Everything that is in the picture."""

    def __init__(self, clip: ClipSpec, movement: Movement, filming: Filming):
        self.clip, self.movement, self.filming = clip, movement, filming
        runner = Actor(movement, DressedBody(movement.skeleton.rig, clip.outfit), np.zeros(3))
        self.actors: list[Actor | Reflection] = [runner]
        if clip.company.doing != "nothing":
            self.actors.append(_company(clip, filming.side))
        if clip.setting.place == "mirrors":
            self.actors += [Reflection(actor, filming.side) for actor in self.actors if isinstance(actor, Actor)]

    def record(self, times: list[float], path: Path) -> None:
        from .renderer import Renderer  # noqa: PLC0415  the truth by itself needs no graphics

        scene = scenery.build(scenery.boxes_of(self.clip), self.filming.side)
        bodies = [actor.body for actor in self.actors]
        renderer = Renderer(bodies, self.filming, scene, scenery.light_of(self.clip))
        sensor = Sensor(self.clip.recording, 1 + self.clip.form.seed)

        def picture(time_s: float) -> Image:
            travel = self.movement.travel(time_s)
            centre = travel + np.array([self.movement.pose(time_s).at("pelvis")[0] - travel[0], 0.0, CHEST_M])
            meshes = [actor.mesh(time_s) for actor in self.actors]
            belt_m = self.clip.form.speed_m_s * time_s
            return renderer.frame(meshes, self.filming.lens(time_s, travel), belt_m, centre)

        try:
            with VideoWriter(path, self.clip.recording) as video:
                for time_s in times:
                    images = [picture(t) for t in exposure_times(self.clip, time_s)]
                    video.write(sensor.expose(images), time_s)
        finally:
            renderer.close()


def exposure_times(clip: ClipSpec, time_s: float) -> list[float]:
    """Moments averaged into one frame: the exposure is centred on the frame's own time."""
    count, recording = clip.recording.blur_samples, clip.recording
    if count == 1:
        return [time_s]
    open_s = recording.shutter / recording.fps
    return [time_s + ((k + 0.5) / count - 0.5) * open_s for k in range(count)]


def _company(clip: ClipSpec, camera_side: float) -> Actor:
    company, rig = clip.company, load_rig(clip.company.body)
    forms = {"standing": STANDING, "passing": scaled(WALKING, rig.leg_m), "running": scaled(Form(), rig.leg_m)}
    form = replace(forms[company.doing], seed=clip.form.seed + 1, jitter=0.01)
    along = company.doing == "running" and not clip.setting.treadmill
    if along:
        form = replace(form, speed_m_s=clip.form.speed_m_s)
    overground = along or company.doing == "passing"
    movement = Movement(Skeleton(rig, form), clip.recording.seconds, 0.0, overground)
    return Actor(movement, DressedBody(rig, company.outfit), scenery.company_place(clip, camera_side))
