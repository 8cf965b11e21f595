"""Who is followed, and why; the pose model itself is put through its contract on a sample clip."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import clips
import numpy as np
import pytest

from formcheck import pose, video
from formcheck.backends import BACKENDS
from formcheck.datatypes import FormcheckError, NothingMeasurableError
from formcheck.pose import Pose, estimate
from formcheck.video import Frame
from runner import Runner

SAMPLE = Path(__file__).parent.parent / "sample_videos" / "neutral.mp4"
IMAGE = np.zeros((36, 64, 3), np.uint8)


class Drawn:
    """A pose backend that sees drawn people: each is a list of poses, None where unseen."""

    people: list[list[Pose | None]]

    def __init__(self, at_once: int) -> None:
        self.at_once, self.row = at_once, -1

    def follow(self, image: np.ndarray, index: int) -> list[Pose]:  # noqa: ARG002 (the protocol's)
        self.row = index
        return self._seen()[: self.at_once]

    def look(self, image: np.ndarray) -> list[Pose]:  # noqa: ARG002
        return self._seen()

    def _seen(self) -> list[Pose]:
        return [p for person in self.people if (p := person[self.row]) is not None]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> type[Drawn]:
    @contextmanager
    def opener(model: str, people: int) -> Iterator[Drawn]:  # noqa: ARG001
        yield Drawn(people)

    monkeypatch.setattr(pose, "_opener", lambda _model: opener)
    return Drawn


def person(x_px: float, **form: Any) -> list[Pose | None]:
    track = Runner(fps=30, seconds=4, **form).track()
    return [
        Pose(xy + np.array([x_px, 0.0]), w, c) for xy, w, c in zip(track.xy, track.world, track.confidence, strict=True)
    ]


def frames() -> Iterator[Frame]:
    for i in range(120):
        yield Frame(i, i / 30, IMAGE)


STANDING = {"speed_m_s": 0.0, "bounce_m": 0.0}


def test_the_only_person_is_the_runner(drawn: type[Drawn]) -> None:
    drawn.people = [person(0)]
    track = estimate(frames, "heavy")
    assert (track.person.number, track.person.of) == (1, 1)
    assert len(track) == 120


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_people_the_one_whose_legs_move_is_followed(drawn: type[Drawn], order: int) -> None:
    drawn.people = [[person(-900)[0]] * 120, person(0)][::order]
    track = estimate(frames, "heavy")
    assert (track.person.number, track.person.of) == (2, 2)
    assert "legs move most" in track.person.reason
    assert np.ptp(track.point("left_ankle")[:, 0]) > 100


def test_a_big_bystander_close_to_the_camera_is_not_the_runner(drawn: type[Drawn]) -> None:
    still = person(900.0, px_per_m=720.0, cadence_spm=1.0, overstride_m=0.05, speed_m_s=0.0, bounce_m=0.0)
    still = [still[0]] * len(still)
    drawn.people = [still, person(-900.0)]
    track = estimate(frames, "heavy")
    assert np.ptp(track.point("left_ankle")[:, 0]) > 50


def test_a_bystander_right_behind_the_runner_is_another_person(drawn: type[Drawn]) -> None:
    still = person(75.0, cadence_spm=1.0, overstride_m=0.05, speed_m_s=0.0, bounce_m=0.0)
    drawn.people = [[still[0]] * len(still), person(0.0)]
    track = estimate(frames, "heavy")
    assert track.person.of == 2
    assert np.ptp(track.point("left_ankle")[:, 0]) > 50


def test_the_user_may_choose_another_person(drawn: type[Drawn]) -> None:
    drawn.people = [[person(-900)[0]] * 120, person(0)]
    track = estimate(frames, "heavy", person=1)
    assert track.person.reason == "chosen with --person"
    assert np.ptp(track.point("left_ankle")[:, 0]) < 1
    with pytest.raises(FormcheckError, match="only 2 seen"):
        estimate(frames, "heavy", person=3)


def test_a_person_lost_for_some_frames_stays_the_same_person(drawn: type[Drawn]) -> None:
    runner = person(0)
    runner[40:46] = [None] * 6
    drawn.people = [[person(-900)[0]] * 120, runner]
    track = estimate(frames, "heavy")
    assert track.person.of == 2
    assert np.isnan(track.xy[40:46]).all()
    assert np.isfinite(track.xy[46:]).all()


def test_nobody_is_said_to_be_nobody(drawn: type[Drawn]) -> None:
    drawn.people = [[None] * 120]
    with pytest.raises(NothingMeasurableError, match="nobody was found"):
        estimate(frames, "heavy")


def test_time_is_the_files(drawn: type[Drawn]) -> None:
    drawn.people = [person(0)]
    assert estimate(frames, "heavy").time_s[-1] == pytest.approx(119 / 30)


def test_numbers_go_from_left_to_right_and_then_to_who_comes_later(drawn: type[Drawn]) -> None:
    late, later = person(-500), person(-1500)
    late[:30], later[:60] = [None] * 30, [None] * 60
    drawn.people = [later, [person(900)[0]] * 120, late, [person(200)[0]] * 120]
    lefts = [np.nanmin(estimate(frames, "heavy", person=n).mid("hip")[:, 0]) for n in (1, 2, 3, 4)]
    assert np.diff(lefts)[0] > 600
    assert lefts[2] > lefts[3] + 900
    assert estimate(frames, "heavy", person=1).person.of == 4


def test_the_leftmost_is_followed_when_asked_for_though_the_model_sees_another_first(drawn: type[Drawn]) -> None:
    runner, passing = person(0), person(-900)
    passing[20:] = [None] * 100  # too short in view for a second look to agree that there is company
    drawn.people = [runner, passing]
    track = estimate(frames, "heavy", person=1)
    assert (track.person.number, track.person.of) == (1, 2)
    assert track.seen.sum() == 20


def test_whom_a_look_finds_elsewhere_than_the_followed_is_company(drawn: type[Drawn]) -> None:
    class ShortSighted(Drawn):
        def look(self, image: np.ndarray) -> list[Pose]:  # noqa: ARG002
            return self._seen()[1:]

    drawn.people = [[person(-900)[0]] * 120, person(0)]
    pose_opener = contextmanager(lambda _model, people: (yield ShortSighted(people)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pose, "_opener", lambda _model: pose_opener)
        assert estimate(frames, "heavy").person.of == 2


def test_a_failure_of_the_second_reading_is_told_alone(drawn: type[Drawn]) -> None:
    drawn.people = [[person(-900)[0]] * 120, person(0)]
    readings: list[int] = []

    def source() -> Iterator[Frame]:
        readings.append(1)
        if len(readings) == 2:
            raise FormcheckError("the disk is gone")
        return frames()

    with pytest.raises(FormcheckError, match="disk is gone") as failure:
        estimate(source, "heavy")
    assert failure.value.__context__ is None


@pytest.mark.slow
def test_the_model_keeps_quiet_though_nobody_is_there_at_first(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    runner = [frame.image for frame in video.Clip(SAMPLE, end_s=0.3)]
    pictures = [np.zeros_like(runner[0])] * 10 + runner
    clip = video.Clip(clips.make(tmp_path / "late.mp4", np.arange(len(pictures)) / 60, lambda i: pictures[i]))
    assert estimate(lambda: clip, "lite").seen.any()
    assert capfd.readouterr().err == ""


@pytest.mark.slow
@pytest.mark.parametrize("name", BACKENDS)
def test_every_backend_follows_the_sample_runner(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    clip = video.Clip(SAMPLE, end_s=1.5)
    track = estimate(lambda: clip, name)
    assert track.seen.mean() > 0.95
    inside = (track.xy >= 0).all(axis=2) & (track.xy < np.array([5000, 5000])).all(axis=2)
    assert inside.mean() > 0.95
    assert np.isfinite(track.world[track.seen]).all()
    assert ((track.confidence >= 0) & (track.confidence <= 1)).all()
    printed = capfd.readouterr()
    assert printed.out == ""
    assert printed.err == ""
