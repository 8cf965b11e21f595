"""Who is followed, and why; the pose model itself is put through its contract on a sample clip."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import clips
import numpy as np
import pytest

from formcheck import passes, pose, video
from formcheck.backends import BACKENDS
from formcheck.datatypes import FormcheckError, NothingMeasurableError, PoseTrack
from formcheck.landmarks import COCO
from formcheck.passes import AROUND, Hints, Moments, OutlineLooks, Pass, joined, outline_of, track_people
from formcheck.tracking import PersonTrack, Pose, associate, colours, dressed_alike, mask_others, parted, stitched
from formcheck.tracking.trackers import DETECT_OTHERS_EVERY_S
from formcheck.tracking.window import WindowTracker
from formcheck.video import Frame
from runner import Runner

SAMPLE = Path(__file__).parent.parent / "sample_videos" / "neutral.mp4"
SCALE = 0.25  # of the drawn runners, so that pictures stay small
WIDE, HIGH = 1100, 480


def _numbered() -> np.ndarray:
    """A picture in which every pixel encodes its position, so that any part of it shows where it was cut out."""
    number = 1 + np.arange(WIDE) + 2048 * np.arange(HIGH)[:, None]
    return np.stack([number & 255, number >> 8 & 255, number >> 16], axis=2).astype(np.uint8)


IMAGE = _numbered()


class Drawn:
    """A pose backend that sees drawn people: each is a list of poses, None where unseen."""

    people: list[list[Pose | None]]
    row = -1

    def tracker(self, *, afar: bool = False) -> DrawnTracker:  # noqa: ARG002 (sees everybody)
        return DrawnTracker(self)

    def detect(self, image: np.ndarray, tall_px: float | None = None) -> list[Pose]:  # noqa: ARG002 (likewise)
        return list(self.seen(image).values()) if image.shape == IMAGE.shape else []

    def seen(self, image: np.ndarray, who: int = -1) -> dict[int, Pose]:
        """Those in the picture, or a part of it, whose middle is not painted black; ``who`` is seen even then."""
        y, x = (7 * int(v[0]) for v in np.nonzero(image[::7, ::7].any(axis=2)))
        number = int(image[y, x].astype(int) @ (1, 256, 65536)) - 1
        corner = np.array([number % 2048 - x, number // 2048 - y])
        found: dict[int, Pose] = {}
        for i, poses in enumerate(self.people):
            if (pose := poses[Drawn.row]) is not None:
                column, line = (pose.trunk.mean(axis=0) - corner).astype(int)
                inside = 0 <= column < image.shape[1] and 0 <= line < image.shape[0]
                if inside and (i == who or image[line, column].any()):
                    found[i] = replace(pose, xy=pose.xy - corner)
        return found


class DrawnTracker:
    """Stays with whoever it found first; in the rows of ``slips`` it is drawn to the first of all people instead."""

    slips: tuple[int, ...] = ()

    def __init__(self, backend: Drawn) -> None:
        self.backend, self.who = backend, -1

    @property
    def tracking(self) -> bool:
        return self.who >= 0

    def update(self, image: np.ndarray) -> Pose | None:
        if self.tracking and Drawn.row in self.slips:
            self.who = 0
        seen = self.backend.seen(image, self.who)
        if not self.tracking:
            self.who = min(seen, default=-1)
        elif self.who not in seen:
            self.who = -1
        return seen.get(self.who)

    def reset(self) -> None:
        self.who = -1


class StillCamera:
    """All that is to be followed in a picture that never changes; test_camera.py has some that do."""

    def __init__(self) -> None:
        self.frames = 0

    def update(self, *_: object) -> None:
        self.frames += 1

    @property
    def steps(self) -> np.ndarray:
        return np.zeros((self.frames, 3))


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> type[Drawn]:
    @contextmanager
    def opener(*_: object) -> Iterator[Drawn]:
        yield Drawn()

    monkeypatch.setattr(passes, "open_backend", opener)
    monkeypatch.setattr(passes, "CameraMotion", StillCamera)
    monkeypatch.setattr(passes, "colours", lambda *_: np.full((2, 3), np.nan))  # the picture's are those of its places
    return Drawn


def person(x_px: float, **form: Any) -> list[Pose | None]:
    track = Runner(fps=30, seconds=4, **form).track()
    return [
        Pose(SCALE * (xy + np.array([x_px, 0.0])), w, c)
        for xy, w, c in zip(track.xy, track.world, track.confidence, strict=True)
    ]


def frames() -> Iterator[Frame]:
    for i in range(120):
        Drawn.row = i
        yield Frame(i, i / 30, IMAGE)


def estimate(
    source: Callable[[], Iterable[Frame]], model: str, person: int | None = None, width_px: float = np.nan
) -> PoseTrack:
    return pose.estimate(lambda hints: track_people(source(), model, hints), model, person, width_px)[0]


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
    assert track.person.reason == "the one whose legs move most, weighted by size and time in view"
    assert np.ptp(track.point("left_ankle")[:, 0]) > 100 * SCALE


@pytest.mark.parametrize("bounce", [0.0399, 0.0401])
def test_of_two_who_run_alike_the_first_is_followed(drawn: type[Drawn], bounce: float) -> None:
    """However little it takes for either's legs to move more."""
    drawn.people = [person(500, bounce_m=0.04), person(-900, bounce_m=bounce)]
    assert estimate(frames, "heavy").person.number == 1


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_who_run_alike_the_one_in_the_middle_of_the_picture_is_followed(drawn: type[Drawn], order: int) -> None:
    """Even if the other is a little larger; not if only the other runs."""
    drawn.people = [person(0), person(-900, px_per_m=350.0)][::order]
    middle = float(np.mean([pose.hips[0] for pose in person(0) if pose is not None]))
    chosen = estimate(frames, "heavy", width_px=2 * middle).person
    assert (chosen.number, "nearness to the middle" in chosen.reason) == (2, True)
    drawn.people = [[person(0)[0]] * 120, person(-900)][::order]
    assert estimate(frames, "heavy", width_px=2 * middle).person.number == 1


def test_a_big_bystander_close_to_the_camera_is_not_the_runner(drawn: type[Drawn]) -> None:
    still = person(900.0, px_per_m=720.0, cadence_spm=1.0, overstride_m=0.05, speed_m_s=0.0, bounce_m=0.0)
    still = [still[0]] * len(still)
    drawn.people = [still, person(-900.0)]
    track = estimate(frames, "heavy")
    assert np.ptp(track.point("left_ankle")[:, 0]) > 50 * SCALE


def test_a_bystander_right_behind_the_runner_is_another_person(drawn: type[Drawn]) -> None:
    still = person(75.0, cadence_spm=1.0, overstride_m=0.05, speed_m_s=0.0, bounce_m=0.0)
    drawn.people = [[still[0]] * len(still), person(0.0)]
    track = estimate(frames, "heavy")
    assert track.person.of == 2
    assert np.ptp(track.point("left_ankle")[:, 0]) > 50 * SCALE


@pytest.mark.slow
def test_the_user_may_choose_another_person(drawn: type[Drawn]) -> None:
    drawn.people = [[person(-900)[0]] * 120, person(0)]
    track = estimate(frames, "heavy", person=1)
    assert track.person.reason == "chosen by number"
    assert np.ptp(track.point("left_ankle")[:, 0]) < 1 * SCALE
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


@pytest.mark.slow
def test_numbers_go_from_left_to_right_and_then_to_who_comes_later(drawn: type[Drawn]) -> None:
    late, later = person(-500), person(-1500)
    late[:30], later[:60] = [None] * 30, [None] * 60
    drawn.people = [later, [person(900)[0]] * 120, late, [person(200)[0]] * 120]
    lefts = [np.nanmin(estimate(frames, "heavy", person=n).mid("hip")[:, 0]) for n in (1, 2, 3, 4)]
    assert np.diff(lefts)[0] > 600 * SCALE
    assert lefts[2] > lefts[3] + 900 * SCALE
    assert estimate(frames, "heavy", person=1).person.of == 4


@pytest.mark.parametrize("enters", [2, 20, 44, 46, 60])
def test_a_runner_who_passes_once_beside_a_bystander_is_found(drawn: type[Drawn], enters: int) -> None:
    """Within two seconds, however the moments at which the whole picture is searched lie to it."""
    runner, stays = person(600), 55
    runner[:enters], runner[enters + stays :] = [None] * enters, [None] * (120 - enters - stays)
    drawn.people = [[person(-900, **STANDING)[0]] * 120, runner]
    track = estimate(frames, "heavy")
    assert (track.person.number, track.person.of) == (2, 2)
    assert np.nanstd(track.point("left_ankle")[:, 0]) > 20 * SCALE


@pytest.mark.parametrize("edges", [[], [2.0], [1.0, 2.2, 3.5]])
@pytest.mark.parametrize("clothes", ["same", "other"])
def test_whoever_comes_after_nobody_was_there_is_the_same_only_in_the_same_clothes(
    drawn: type[Drawn], monkeypatch: pytest.MonkeyPatch, edges: list[float], clothes: str
) -> None:
    first, second = person(-500), person(500)
    first[35:], second[:83] = [None] * 85, [None] * 83
    drawn.people = [first, second]

    def colours(_image: np.ndarray, pose: Pose) -> np.ndarray:
        red, blue = [[0.6, 0.1, 0.1]] * 2, [[0.1, 0.1, 0.6]] * 2
        return np.array(blue if clothes == "other" and pose.hips[0] > first[0].hips[0] + 500 * SCALE else red)

    monkeypatch.setattr(passes, "colours", colours)
    track, seen = pose.estimate(in_parts(edges), "heavy")
    assert seen.alone  # nothing is read twice
    assert (track.person.of, track.person.numbers) == (2, (1, 2) if clothes == "same" else (1,))
    assert track.seen[:35].all()
    assert track.seen[83:].any() == (clothes == "same")


def meeting(exchanged: bool, shirts: tuple[float, float] = (0.3, 0.3)) -> list[PersonTrack]:
    """Somebody walks past a runner on a treadmill; where they meet, trackers may go on with the other one."""
    runner = [pose for pose in person(0) if pose is not None]
    walker = [replace(pose, xy=pose.xy + SCALE * np.array([900.0 - 15 * row, 40.0])) for row, pose in enumerate(runner)]
    tracks = PersonTrack(), PersonTrack()
    for row, poses in enumerate(zip(runner, walker, strict=True)):
        for who, (one, red) in enumerate(zip(poses, shirts, strict=True)):
            track = tracks[who != (exchanged and row >= 60)]
            track.add(row, row / 30, one)
            if row % 15 == 0:
                track.colours.append((row, np.array([[red, 0.1, 0.1], [0.1, 0.1, 0.1]])))
    return list(tracks)


@pytest.mark.parametrize("shirts", [(0.3, 0.3), (0.05, 0.6)])
def test_where_trackers_exchange_two_people_who_meet_the_runner_is_read_on(shirts: tuple[float, float]) -> None:
    still, none = np.zeros((120, 3)), np.zeros((0, 2))
    for exchanged in (False, True):
        tracks = meeting(exchanged, shirts)
        seen = Pass(np.arange(120), np.arange(120) / 30, tracks, still, none, frozenset(), alone=False)
        track, _ = pose.estimate(lambda _, seen=seen: seen, "heavy", None)
        hips = track.mid("hip")[track.seen, 0]
        assert np.ptp(hips) < 100 * SCALE  # the runner stays
        assert track.seen.mean() > 0.75
        assert track.person.of == (4 if exchanged else 2)


@pytest.mark.parametrize(("looks", "parts"), [(1, 1), (2, 2)])
def test_one_look_at_other_clothes_parts_nobody(looks: int, parts: int) -> None:
    """It may be at a hand, or at somebody in front."""
    runner, walker = meeting(False)
    first = next(row for row, _ in runner.colours if row > 75)
    runner.colours[:] = [(row, look) for row, look in runner.colours if row < 75]
    runner.colours += [(first + row, np.array([[0.05, 0.1, 0.4], [0.1, 0.1, 0.1]])) for row in range(looks)]
    assert len(parted([runner, walker])) == parts + 1


def test_a_ghost_beside_a_runner_who_comes_out_of_the_sun_parts_nobody() -> None:
    runner, _ = meeting(False)
    runner.colours[:] = [(row, (1.0 if row < 60 else 0.1) * look) for row, look in runner.colours]
    ghost = runner.between(58, 62)
    assert not ghost.confirmed
    assert len(parted([runner, ghost])) == 2


def test_people_who_are_close_all_the_time_or_lost_where_they_meet_are_not_parted() -> None:
    for tracks in (meeting(False), [meeting(False)[0], meeting(False)[0]], [meeting(True)[0].between(0, 62)]):
        assert [list(part.rows) for part in parted(tracks)] == [list(track.rows) for track in tracks]


def test_what_is_known_of_one_person_is_a_hint_in_whatever_landmarks_the_model_gives() -> None:
    tracks = [PersonTrack(), PersonTrack()]
    for row, track in enumerate(tracks):
        track.add(row, row / 30, Pose(np.full((17, 2), float(row)), None, np.ones(17), landmarks=COCO))
    none = np.zeros((0, 2))
    seen = Pass(np.arange(2), np.arange(2) / 30, tracks, np.zeros((2, 3)), none, frozenset(), alone=True)
    assert [seen.hints.pose(row).xy.tolist() for row in (0, 1)] == [track.last.xy.tolist() for track in tracks]


def test_what_people_wear_is_looked_at_wherever_in_a_long_clip_they_pass(drawn: type[Drawn]) -> None:
    drawn.people = [person(0)]
    for late_s in (0.0, 3600.0):
        late = (replace(frame, time_s=frame.time_s + late_s) for frame in frames())
        (track,) = track_people(late, "heavy", PersonTrack()).tracks
        assert len(track.colours) >= 120 / 30 / DETECT_OTHERS_EVERY_S


@pytest.mark.slow
def test_that_more_people_are_in_view_than_are_followed_is_told(drawn: type[Drawn]) -> None:
    drawn.people = [[person(x, **STANDING)[0]] * 120 for x in (-1700, -1000, 600)]
    late = [*[None] * 30, *person(-200)[30:]]
    for more, followed in ((0, 4), (1, 4)):
        drawn.people = [*drawn.people[:3], *[[person(1300, **STANDING)[0]] * 120] * more, late]
        who = estimate(frames, "heavy").person
        assert who.of == followed
        assert ("more people were in view" in who.reason) == bool(more)


def test_the_leftmost_is_followed_when_asked_for_though_the_model_sees_another_first(drawn: type[Drawn]) -> None:
    runner, passing = person(0), person(-900)
    passing[20:] = [None] * 100  # too short in view for a second detection to agree that there are two
    drawn.people = [runner, passing]
    track = estimate(frames, "heavy", person=1)
    assert (track.person.number, track.person.of) == (1, 2)
    assert track.seen.sum() == 20


@pytest.mark.slow
def test_whoever_is_detected_elsewhere_than_the_tracked_is_another_person(drawn: type[Drawn]) -> None:
    class ShortSighted(Drawn):
        def detect(self, image: np.ndarray, tall_px: float | None = None) -> list[Pose]:
            return super().detect(image, tall_px)[1:]

    drawn.people = [[person(-900)[0]] * 120, person(0)]
    pose_opener = contextmanager(lambda *_: (yield ShortSighted()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passes, "open_backend", pose_opener)
        assert estimate(frames, "heavy").person.of == 2


@pytest.mark.slow
def test_a_tracker_drawn_to_a_bystander_is_brought_back(drawn: type[Drawn], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DrawnTracker, "slips", (40, 70))
    still = person(75.0, cadence_spm=1.0, overstride_m=0.05, speed_m_s=0.0, bounce_m=0.0)
    runner = person(0.0)
    drawn.people = [[still[0]] * len(still), runner]
    track = estimate(frames, "heavy")
    assert track.person.of == 2
    assert track.seen.mean() > 0.85  # the tracker is brought back within a tenth of a second
    there = np.stack([p.xy for p in runner if p is not None])
    assert np.nanmax(np.abs(track.xy - there)) < 1e-3  # pixels: tracks are kept in single precision


@pytest.mark.slow
def test_people_who_cross_stay_who_they_are(drawn: type[Drawn]) -> None:
    """The farther one is hidden for half a second; both walk on."""
    right, left = person(0), person(0, cadence_spm=150.0)
    for i in range(120):
        for walkers, pace in ((right, 10.0), (left, -10.0)):
            walker = walkers[i]
            assert walker is not None
            walkers[i] = Pose(walker.xy + SCALE * np.array([pace * (i - 60), 0.0]), walker.world, walker.confidence)
    left[52:68] = [None] * 16
    drawn.people = [right, left]
    for number, way in ((1, 1), (2, -1)):
        track = estimate(frames, "heavy", person=number)
        assert track.person.of == 2
        hips = track.mid("hip")[:, 0]
        assert (way * np.diff(hips[np.isfinite(hips)]) > 0).all()


def test_what_was_detected_as_a_person_only_once_is_nobody(drawn: type[Drawn]) -> None:
    ghost = person(300)
    ghost[0:45], ghost[46:] = [None] * 45, [None] * 74
    drawn.people = [person(0), [person(-900)[0]] * 120, ghost]
    assert estimate(frames, "heavy").person.of == 2


@pytest.mark.parametrize("tracking", [True, False])
def test_the_trunks_of_others_are_masked_for_who_tracks_one_person(tracking: bool) -> None:
    trunk = np.array([[300.0, 200.0]] + 4 * [[300.0, 300.0]])
    shown = mask_others(IMAGE, trunk, 250.0, [trunk + np.array([80.0, 0.0])], tracking)
    assert shown[250, 300].any()
    assert not shown[250, 380].any()
    assert shown[400, 380].any() == tracking  # their legs, where the runner's foot may pass
    assert mask_others(IMAGE, trunk, 250.0, [], tracking) is IMAGE


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


def in_parts(edges: list[float], settling_s: float = 0.5) -> Callable[[Hints | None], Pass]:
    """Passes as several workers make them: each over a part, from a little before it to a little after it."""

    def read(hints: Hints | None) -> Pass:
        parts = []
        for begin_s, end_s in pairwise([-np.inf, *edges, np.inf]):
            some = [frame for frame in frames() if begin_s - settling_s <= frame.time_s < end_s + 0.6]
            seen = track_people(shown(some), "heavy", hints, begin_s, end_s)
            parts.append(replace(seen, clock_s=np.array([frame.time_s for frame in some])))
        return joined(parts)

    return read


def shown(some: list[Frame]) -> Iterator[Frame]:
    for frame in some:
        Drawn.row = frame.index
        yield frame


def test_others_found_at_the_end_of_a_part_are_searched_for_once_more_beyond_it(
    drawn: type[Drawn], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another part, begun later, may not find them."""

    class Seldom(Drawn):
        def detect(self, image: np.ndarray, tall_px: float | None = None) -> list[Pose]:
            return super().detect(image, tall_px)[: 2 if Drawn.row in (45, 54) else 1]

    drawn.people = [person(0), [person(-900)[0]] * 120]
    monkeypatch.setattr(passes, "open_backend", contextmanager(lambda *_: (yield Seldom())))
    seen = in_parts([1.75], settling_s=0.2)(None)
    assert seen.others == {45, 54}
    assert list(seen.frames) == list(range(120))
    assert [list(track.rows) for track in seen.tracks] == [list(range(120))]
    assert list(seen.hints.rows) == list(range(55))  # as of a clip read in one go, which is given up there


@pytest.mark.parametrize("settling_s", [0.27, 0.5])
@pytest.mark.parametrize("first", range(20, 105, 5))
def test_parts_find_others_in_view_where_the_whole_does(drawn: type[Drawn], first: int, settling_s: float) -> None:
    """Wherever a passer-by comes and goes: others in the frames in which a part settles are the part's before."""
    passer = person(-900)
    passer[:first], passer[first + 14 :] = [None] * first, [None] * (120 - first - 14)
    drawn.people = [person(0), passer]
    whole = track_people(frames(), "heavy")
    seen = in_parts([1.0, 2.0, 3.0], settling_s)(None)
    assert seen.others_in_view == whole.others_in_view
    assert seen.others_in_view or list(seen.frames) == list(range(120))


def test_after_a_ghost_the_whole_picture_is_searched_once_more_and_then_no_oftener_than_before(
    drawn: type[Drawn], monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[int] = []

    class Ghost(Drawn):
        def detect(self, image: np.ndarray, tall_px: float | None = None) -> list[Pose]:
            searched.extend([Drawn.row] * (image.shape == IMAGE.shape))  # not those cut out of one
            return super().detect(image, tall_px)[: 2 if Drawn.row == 45 else 1]

    drawn.people = [person(0), [person(-900)[0]] * 120]
    monkeypatch.setattr(passes, "open_backend", contextmanager(lambda *_: (yield Ghost())))
    assert not track_people(frames(), "heavy").others_in_view
    assert searched == [0, 45, 54, 90]


def test_what_the_camera_does_is_told_once_of_every_frame_of_a_clip_read_in_parts(drawn: type[Drawn]) -> None:
    drawn.people = [person(0)]
    whole, seen = track_people(frames(), "heavy"), in_parts([1.4, 2.2, 3.1])(None)
    assert len(seen.steps) == len(seen.frames) == len(whole.frames)
    assert list(seen.tilted) == list(whole.tilted) == [0, 45, 90]
    assert len(seen.tilts) == 3


@pytest.mark.parametrize("damaged", [0, 1])
def test_a_clip_is_damaged_if_a_part_of_it_is(drawn: type[Drawn], damaged: int) -> None:
    drawn.people = [person(0)]
    parts = [track_people(frames(), "heavy", None, *span) for span in ((-np.inf, 2.0), (2.0, np.inf))]
    assert not joined(parts).truncated
    assert joined([replace(part, truncated=i == damaged) for i, part in enumerate(parts)]).truncated


def test_whoever_is_first_seen_beyond_a_part_is_not_of_it(drawn: type[Drawn], monkeypatch: pytest.MonkeyPatch) -> None:
    class Ghosts(Drawn):
        def detect(self, *_: object) -> list[Pose]:
            return [pose for pose in (person(0)[0], person(-900)[0]) if pose is not None and Drawn.row == 45]

    drawn.people = [[None if 5 < i < 53 else pose for i, pose in enumerate(person(0))]]
    monkeypatch.setattr(passes, "open_backend", contextmanager(lambda *_: (yield Ghosts())))
    seen = in_parts([1.75], settling_s=0.2)(None)
    assert seen.others == {45}
    assert [list(track.rows) for track in seen.tracks] == [list(range(6)), list(range(53, 120))]


def someone_late() -> list[list[Pose | None]]:
    late, gone = person(-500), person(900)
    late[:50], gone[65:] = [None] * 50, [None] * 55
    return [person(0), late, gone]


def someone_hidden() -> list[list[Pose | None]]:
    runner = person(0)
    runner[52:68] = [None] * 16  # across the seam at 2 s
    return [[person(-900)[0]] * 120, runner]


SCENES: dict[str, Callable[[], list[list[Pose | None]]]] = {
    "alone": lambda: [person(0)],
    "two": lambda: [[person(-900)[0]] * 120, person(0)],
    "close": lambda: [[person(75.0, cadence_spm=1.0, **STANDING)[0]] * 120, person(0)],
    "coming and going": someone_late,
    "hidden": someone_hidden,
}


@cache
def as_a_whole(drawn: type[Drawn], scene: str) -> tuple[list[list[Pose | None]], PoseTrack]:
    """A scene's people, and the track made of them in one pass."""
    drawn.people = SCENES[scene]()
    return drawn.people, estimate(frames, "heavy")


@pytest.mark.slow
@pytest.mark.parametrize("edges", [[2.0], [1.0, 2.0, 3.0], [1.97, 2.3]])
@pytest.mark.parametrize("scene", SCENES)
def test_a_clip_read_in_parts_gives_what_it_gives_as_a_whole(
    drawn: type[Drawn], scene: str, edges: list[float]
) -> None:
    drawn.people, whole = as_a_whole(drawn, scene)
    track, seen = pose.estimate(in_parts(edges), "heavy")
    assert track.person == whole.person
    assert list(track.frames) == list(whole.frames) == list(range(120))
    assert list(seen.clock_s) == list(whole.time_s)
    both = track.seen & whole.seen
    assert np.array_equal(track.xy[both], whole.xy[both])
    assert np.array_equal(track.confidence[both], whole.confidence[both])
    # whoever was lost is found again at the next detection, which may come earlier or later
    assert (track.seen != whole.seen).sum() <= (DETECT_OTHERS_EVERY_S * 30 if scene == "hidden" else 0)


@pytest.mark.slow
def test_a_seam_between_two_people_shows_that_they_are_two(drawn: type[Drawn]) -> None:
    """Each part has only one person, not the same one: a cut, or one left as the other came."""
    one, other = person(-900), person(900)
    drawn.people = [one[:60] + [None] * 60, [None] * 60 + other[60:]]
    assert estimate(frames, "heavy").person.of == pose.estimate(in_parts([2.0], 0.0), "heavy")[0].person.of


def test_outlines_are_looked_at_three_times_a_second_at_first_and_seldom_in_an_hour() -> None:
    looks = OutlineLooks()
    due = [looks.due(second / 20) for second in range(20 * 3600)]
    assert 25 <= sum(due[:200]) <= 35  # in ten seconds
    assert 100 < sum(due) < 300


@pytest.mark.parametrize(("off", "looked"), [(0.0, 1), (0.15, 1), (0.5, 0)])
@pytest.mark.parametrize("people", [1, 2])
def test_an_outline_is_that_of_whom_was_looked_at(
    monkeypatch: pytest.MonkeyPatch, off: float, looked: int, people: int
) -> None:
    """Not of somebody else in the picture cut out around them; off: how far the model then finds them, in bodies."""
    (pose, *_) = person(0)
    assert pose is not None
    seen: list[Pose] = []

    class Cut(Drawn):
        def detect(self, image: np.ndarray, tall_px: float | None = None) -> list[Pose]:  # noqa: ARG002 (sees whom it may)
            corner = np.maximum(0.5 * (pose.xy.min(axis=0) + pose.xy.max(axis=0)) - AROUND * pose.height_px, 0)
            there = replace(pose, xy=pose.xy - corner.astype(int), mask=np.ones(image.shape[:2]))
            return [moved(there, way * pose.height_px) for way in (off, 0.9)[:people]]

    monkeypatch.setattr(passes.outline, "read", lambda _, found: seen.append(found))
    assert len(outline_of(pose, Frame(0, 0.0, IMAGE), Cut())) == len(seen) == looked


def a_track(count: int, first: int = 0) -> PersonTrack:
    random, track = np.random.default_rng(first), PersonTrack()
    for row in range(first, first + 2 * count, 2):
        pose = Pose(
            random.uniform(0, 2000, (33, 2)), random.normal(size=(33, 3)), random.random(33), np.ones((900, 900))
        )
        track.add(row, row / 60, pose)
    return track


def test_outlines_are_looked_at_as_often_wherever_in_a_file_a_clip_begins() -> None:
    late_s = 105.0
    looks, later = OutlineLooks(), OutlineLooks(late_s)
    times_s = np.arange(600) / 60
    assert [looks.due(t) for t in times_s] == [later.due(t + late_s) for t in times_s]


def seen_for(rows: int, step_px: float = 0.0) -> tuple[PersonTrack, Pose]:
    """Somebody's track of so many frames, 30 a second, in each of which they moved to the right by so much; the last
    pose."""
    (pose, *_), track = person(0), PersonTrack()
    assert pose is not None
    for row in range(rows):
        track.add(row, row / 30, moved(pose, row * step_px))
    return track, track.last


def moved(pose: Pose, right_px: float) -> Pose:
    return replace(pose, xy=pose.xy + np.array([right_px, 0.0]))


@pytest.mark.parametrize(("unseen_s", "bodies", "same"), [(1 / 30, 0.9, False), (1.0, 0.9, True), (1.0, 1.4, False)])
def test_whoever_was_out_of_sight_may_be_off_by_what_a_walker_does_meanwhile(
    unseen_s: float, bodies: float, same: bool
) -> None:
    track, last = seen_for(30)
    cost = track.cost(moved(last, bodies * last.height_px), track.times_s[-1] + unseen_s)
    assert (cost < 1) == same


def test_whoever_was_in_sight_for_a_moment_only_is_expected_where_they_were() -> None:
    """Since landmarks tremble."""
    for rows, goes_on in ((3, 0.0), (30, 1.0)):
        track, last = seen_for(rows, step_px=2.0)
        away = track.predicted(track.times_s[-1] + 1.0) - last.trunk
        assert away[:, 0] == pytest.approx(60.0 * goes_on, abs=1e-3)


@pytest.mark.parametrize(
    ("rows", "unseen_s", "lost"), [(2, 0.2, False), (2, 0.5, True), (60, 1.4, False), (60, 1.6, True)]
)
def test_whoever_was_hardly_seen_is_lost_the_sooner(rows: int, unseen_s: float, lost: bool) -> None:
    track, _ = seen_for(rows)
    assert track.lost_for_good(track.times_s[-1] + unseen_s) == lost


def test_a_ghost_takes_no_pose_from_a_person() -> None:
    """Though it stands nearer."""
    (known, last), (ghost, _) = seen_for(30), seen_for(3)
    found = moved(last, 0.05 * last.height_px)
    for row in range(3):
        ghost.add(30 + row, 1.0 + row / 30, found)
    assert not ghost.confirmed
    assert associate([ghost, known], {7: found}, 1.1, [0, 1]) == {1: 7}


class Asked(DrawnTracker):
    """Counts how often it is asked for, and dropped."""

    asked = dropped = 0

    def update(self, image: np.ndarray) -> Pose | None:
        self.asked += 1
        return super().update(image)

    def reset(self) -> None:
        self.dropped += 1
        super().reset()


def test_who_may_stand_where_another_is_seen_is_not_searched_for_again_at_once(drawn: type[Drawn]) -> None:
    drawn.people, Drawn.row = [person(0)], 0
    (track, _), asked = seen_for(1), Asked(drawn())
    tracker = WindowTracker(asked)
    for time_s, reset, times in ((0.0, False, 1), (0.1, True, 1), (0.15, False, 1), (0.22, False, 2)):
        if reset:
            tracker.reset(time_s)
        else:
            tracker.update(Frame(0, time_s, IMAGE), track, [])
        assert asked.asked == times
    assert tracker.tracking


@pytest.mark.parametrize(("smaller", "dropped"), [(0.8, 0), (0.5, 1)])
def test_a_window_of_quite_another_size_is_begun_anew(drawn: type[Drawn], smaller: float, dropped: int) -> None:
    """A tracker knows only where in its window somebody is."""
    drawn.people, Drawn.row = [person(0)], 0
    (track, last), asked = seen_for(1), Asked(drawn())
    tracker = WindowTracker(asked)
    tracker.update(Frame(0, 0.0, IMAGE), track, [])
    track.add(1, 1 / 30, replace(last, xy=last.hips + smaller * (last.xy - last.hips)))
    tracker.update(Frame(1, 1 / 30, IMAGE), track, [])
    assert asked.dropped == dropped


@pytest.mark.parametrize(("share", "afar"), [(0.2, True), (0.3, False)])
def test_who_looks_small_beside_the_pictures_shorter_side_is_looked_for_afar(
    drawn: type[Drawn], monkeypatch: pytest.MonkeyPatch, share: float, afar: bool
) -> None:
    looked: list[float | None] = []

    class Looks(Drawn):
        def detect(self, image: np.ndarray, tall_px: float | None = None) -> list[Pose]:
            looked.extend([tall_px] * (image.shape == IMAGE.shape))
            return super().detect(image, tall_px)

    height_px = Runner(seconds=1).track().body_height_px * SCALE
    drawn.people = [person(0, px_per_m=Runner().px_per_m * share * HIGH / height_px)]
    monkeypatch.setattr(passes, "open_backend", contextmanager(lambda *_: (yield Looks())))
    track_people(frames(), "heavy")
    assert all((tall_px is not None) == afar for tall_px in looked)
    assert len(looked) == 3


@pytest.mark.parametrize(("away_deg", "beside"), [(90, True), (60, True), (30, False), (0, False)])
def test_without_points_in_space_a_body_is_seen_from_the_side_if_it_looks_narrow(away_deg: float, beside: bool) -> None:
    """As it turns away from the camera, shoulders and hips come together."""
    (pose, *_) = person(0, view="front")
    assert pose is not None
    middle, narrow = pose.hips[0], np.array([np.cos(np.radians(away_deg)), 1.0])
    turned = replace(pose, world=None, xy=(pose.xy - [middle, 0.0]) * narrow + [middle, 0.0])
    assert turned.from_the_side == beside


@pytest.mark.parametrize(("away_s", "people"), [(0.5, 1), (9.0, 2)])
def test_who_comes_after_a_seam_long_after_somebody_left_is_somebody_else(away_s: float, people: int) -> None:
    (before, last), after = seen_for(60), PersonTrack()
    for row in range(60 + round(30 * away_s), 90 + round(30 * away_s)):
        after.add(row, row / 30, moved(last, 0.3 * last.height_px))
    assert len(stitched([before], [after], 65)) == people


@pytest.mark.parametrize(("grey", "light"), [(255, 1.0), (186, 0.5), (128, 0.22), (0, 0.0)])
def test_a_picture_says_how_much_light_clothes_give_back(grey: int, light: float) -> None:
    """The value of a pixel is not that: 186 of 255 is half of the light."""
    (pose, *_) = person(0)
    assert pose is not None
    assert colours(np.full((HIGH, WIDE, 3), grey, np.uint8), pose) == pytest.approx(np.full((2, 3), light), abs=0.005)


def test_clothes_are_seen_at_the_very_edge_of_a_picture() -> None:
    (pose, *_) = person(0)
    assert pose is not None
    for corner in ((0.0, 0.0), (WIDE - 1.0, 0.0), (0.0, HIGH - 1.0)):
        middle = 0.5 * (pose.mid("shoulder") + pose.hips)
        there = replace(pose, xy=corner + 0.02 * (pose.xy - middle))  # far away
        assert np.isfinite(colours(IMAGE, there)[0]).all()


@pytest.mark.parametrize(("light", "alike"), [(1 / 3, True), (1 / 12, False)])
def test_clothes_in_far_less_light_than_shade_are_darker_ones(light: float, alike: bool) -> None:
    worn = np.array([[0.6, 0.2, 0.2], [0.3, 0.3, 0.3]])
    assert dressed_alike([worn], [light * worn]) == alike


@pytest.mark.parametrize("noise", [(0.001, 0.0, 0.0), (0.0, 0.0, 0.001)])
def test_black_has_no_colour(noise: tuple[float, ...]) -> None:
    black = np.full((2, 3), 0.001)
    assert dressed_alike([black], [black + np.array(noise)])


def test_a_track_gives_back_the_poses_that_were_added() -> None:
    track = a_track(40)
    assert (track.pose_in(31), track.pose_in(80), PersonTrack().pose_in(0)) == (None, None, None)
    random = np.random.default_rng(0)
    first, space = random.uniform(0, 2000, (33, 2)), random.normal(size=(33, 3))
    assert track.pose(0).xy == pytest.approx(first, abs=1e-3)
    assert track.pose(0).world == pytest.approx(space, abs=1e-6)
    later = a_track(10, 100)
    both = track.followed_by(later)
    rest = both.between(60)
    assert list(rest.rows) == [*range(60, 80, 2), *range(100, 120, 2)]
    assert np.array_equal(rest.points[-10:], later.points)
    assert np.array_equal(rest.last.xy, later.last.xy)
    assert PersonTrack().followed_by(later).pose(3).world is not None


def test_a_track_takes_less_than_a_kilobyte_a_pose() -> None:
    """An hour of poses has to fit in memory, and no masks are kept."""
    tracemalloc.start()
    kept = a_track(2000)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 1000 * len(kept.rows)


def test_moments_come_alike_wherever_a_pass_begins() -> None:
    times = np.arange(0, 9, 1 / 30)
    for moments in (lambda: Moments(1.5), OutlineLooks):
        whole, part = moments(), moments()
        due = [whole.due(t) for t in times]
        later = [part.due(t) for t in times[100:]]
        assert due[0]
        assert sum(due) >= 5
        assert later[1:] == due[101:]


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
def test_every_backend_tracks_the_sample_runner(name: str, capfd: pytest.CaptureFixture[str]) -> None:
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


@pytest.mark.slow
def test_a_tracker_that_is_reset_finds_the_runner_again() -> None:
    clip = [frame.image for frame in video.Clip(SAMPLE, end_s=0.2)]
    with passes.open_backend("lite") as backend:
        tracker = backend.tracker()
        before = next(found for image in clip if (found := tracker.update(image)) is not None)
        tracker.reset()
        assert not tracker.tracking
        after = next(found for image in clip if (found := tracker.update(image)) is not None)
    assert np.linalg.norm(before.hips - after.hips) < 0.1 * before.height_px
