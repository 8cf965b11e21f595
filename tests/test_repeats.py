"""Pictures that a film shows again: noticed, and not taken for new ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import clips
import numpy as np
import pytest

import builders
from formcheck import pipeline
from formcheck.cleaning import clean
from formcheck.datatypes import Options, PoseTrack, Report
from formcheck.gait import stretches
from formcheck.pipeline import analyze, interpret
from formcheck.repeats import MOST, first_showings, held, pictures, repeats, suspected, told
from formcheck.video import Clip, Frame, image_of
from runner import Runner

SAMPLES = Path(__file__).parent.parent / "sample_videos"
VIDEO = replace(builders.trial().video, width_px=100_000, height_px=2_460)
NOISE_PX = 1.5  # of landmarks, 0.3 % of the runner's height


def pulled(fps: float, shown_fps: float, seconds: float = 10.0) -> np.ndarray:
    """Which picture each frame of a file shows, of film at another rate: the latest that was taken."""
    return (np.arange(int(seconds * shown_fps)) * fps / shown_fps + 1e-9).astype(int)


BURSTS = np.sort(
    np.concatenate([np.delete(np.arange(300), np.add.outer(FIRST := np.arange(20, 300, 40), [1, 2, 3]))] + 3 * [FIRST])
)
FILMS = {  # frames a second of the camera and of the file; pictures shown
    "30 as 60": (30.0, 60.0, pulled(30, 60)),
    "24 as 30": (24.0, 30.0, pulled(24, 30)),
    "24 as 60": (24.0, 60.0, pulled(24, 60)),
    "threefold": (30.0, 90.0, pulled(30, 90)),
    "bursts": (30.0, 30.0, BURSTS),
}


def shown(track: PoseTrack, which: np.ndarray, fps: float) -> PoseTrack:
    """The landmarks of a film that shows these pictures of a track, exactly alike wherever it shows one again."""
    arrays = {name: getattr(track, name)[which] for name in ("xy", "world", "confidence", "camera_xy", "turn_deg")}
    time_s = np.arange(len(which)) / fps
    return replace(track, **arrays, time_s=time_s, clock_s=time_s, frames=np.arange(len(which)))


@cache
def filmed(name: str) -> tuple[Report, Report]:
    """Of film with each picture once, and of the same with repeats."""
    fps, shown_fps, which = FILMS[name]
    track = Runner(fps=fps, noise_px=NOISE_PX).track()
    return tuple(interpret(VIDEO, seen, Options()) for seen in (track, shown(track, which, shown_fps)))  # type: ignore[return-value]


@pytest.mark.parametrize("name", FILMS)
def test_a_film_with_repeats_gives_what_it_gives_without(name: str) -> None:
    once, again = filmed(name)
    for metric in ("cadence_spm", "trunk_lean_deg", "overstride_pct_leg", "contact_time_ms"):
        (a, b) = (next(m for m in report.measurements if m.name == metric) for report in (once, again))
        assert abs(a.value - b.value) < 0.15 * (a.high - a.low), metric
        assert 0.9 * (a.high - a.low) < b.high - b.low < 1.4 * (a.high - a.low), metric
    late_s = [b.time_s - a.time_s for a, b in zip(once.contacts, again.contacts, strict=True)]
    assert np.abs(late_s).max() < 0.6 / FILMS[name][1]


@pytest.mark.parametrize("name", FILMS)
def test_all_frames_are_drawn_and_a_repeat_like_its_picture(name: str) -> None:
    track, which = filmed(name)[1].trial.track, FILMS[name][2]
    assert list(track.frames) == list(range(len(which)))
    assert np.array_equal(track.time_s, track.clock_s)
    for row in np.flatnonzero(np.diff(which) == 0):
        assert np.array_equal(track.xy[row], track.xy[row + 1], equal_nan=True)


def test_repeats_do_not_make_frames_enough() -> None:
    track = Runner(fps=15, noise_px=NOISE_PX).track()
    report = interpret(VIDEO, shown(track, pulled(15, 60), 60), Options())
    assert report.bouts[0].trial.fps == pytest.approx(15, rel=0.01)
    assert {m.missing for m in report.measurements if m.name in ("contact_time_ms", "overstride_pct_leg")} == {
        "frame_rate_too_low"
    }


def test_film_at_an_even_rate_has_the_cameras_clock_again() -> None:
    track = Runner(fps=24).track()
    repeating = shown(track, pulled(24, 30), 30)
    first = first_showings(repeating, pictures(repeating))
    assert np.allclose(np.diff(first.time_s), 1 / 24, atol=0.003)
    assert first.fps == pytest.approx(24, rel=0.01)
    assert np.ptp(np.interp(first.frames, np.arange(len(repeating)), repeating.time_s) - first.time_s) < 1 / 30


@pytest.mark.parametrize("every", [6, 20])
@pytest.mark.parametrize("uneven", [False, True])
def test_repeats_in_place_of_others_leave_all_the_rest_in_time(every: int, uneven: bool) -> None:
    """A phone had no time for one picture in so many, or a film was filled up where one was missing."""
    track = Runner(fps=30, noise_px=NOISE_PX, uneven=uneven).track()
    which = np.arange(len(track))
    which[every::every] -= 1
    filling = replace(shown(track, which, 30), time_s=track.time_s, clock_s=track.clock_s)
    first = first_showings(filling, pictures(filling))
    assert np.array_equal(first.time_s, track.time_s[np.unique(which)])
    once, again = (interpret(VIDEO, seen, Options()) for seen in (track, filling))
    late_s = [b.time_s - a.time_s for a, b in zip(once.contacts, again.contacts, strict=True)]
    assert np.abs(late_s).max() < 0.004


def test_a_track_without_repeats_is_left_alone() -> None:
    for track in (
        Runner().track(),
        Runner(noise_px=NOISE_PX, uneven=True).track(),
        Runner(standing_reach=0.97).track(),
    ):
        assert list(pictures(track)) == list(range(len(track)))


@pytest.mark.parametrize("noise_px", [0.0, 0.1])
@pytest.mark.parametrize("stands", [36, 42, 48])
def test_where_a_film_stands_on_a_picture_it_is_parted(noise_px: float, stands: int) -> None:
    """For about a stride, then it goes on where it was."""
    runner = Runner(cadence_spm=120 / 0.7, noise_px=NOISE_PX)
    film = shown(runner.track(), np.concatenate([np.arange(300), np.full(stands, 299), np.arange(300, 600)]), 60)
    xy = film.xy.copy()
    xy[300 : 300 + stands] += np.random.default_rng(6).normal(0, noise_px, xy[300 : 300 + stands].shape)
    report = interpret(VIDEO, replace(film, xy=xy), Options())
    cadence = next(m for m in report.measurements if m.name == "cadence_spm")
    assert cadence.low < runner.cadence_spm < cadence.high
    first, second = (bout.span_s for bout in report.used)
    assert first[1] < 5.05
    assert second[0] > 4.95 + stands / 60


def test_somebody_who_stands_is_filmed() -> None:
    track = clean(Runner(standing_reach=0.97, noise_px=0.5, seconds=4).track(), VIDEO)
    assert stretches(track)[0] == [(0, len(track))]


NEW, STILL, POP = 8.0, 0.2, 1.8  # grey levels from picture to picture of a runner, somebody standing, a keyframe


@pytest.mark.parametrize("name", FILMS)
@pytest.mark.parametrize("left", [0.0, 0.05])
def test_pictures_shown_again_are_told_from_new_ones(name: str, left: float) -> None:
    """left: what compression leaves of a repeat's difference, as a share of a new picture's."""
    again = np.diff(FILMS[name][2], prepend=-1) == 0
    moves = np.random.default_rng(1).uniform(0.6, 1.4, len(again))
    assert np.array_equal(repeats(NEW * moves * np.where(again, left, 1.0)), again)


@pytest.mark.parametrize(
    "changes",
    [
        NEW * np.random.default_rng(2).uniform(0.39, 1.0, 600),
        np.concatenate([np.full(90, STILL), NEW * np.geomspace(0.05, 1, 12), np.full(200, NEW)]),
        np.where(np.arange(300) % 12 == 0, POP, np.random.default_rng(3).uniform(0.4, 0.6, 300)),
        np.where(np.arange(300) % 3 == 0, 0.8, 0.0),
        np.concatenate([np.full(60, NEW), np.zeros(2 * MOST), np.full(60, NEW)]),
        np.zeros(100),
        np.where(np.arange(100) % 2, NEW, np.nan),
        np.zeros(0), np.full(1, np.nan), np.array([np.nan, NEW]),
    ],
    ids=["runs", "starts", "keyframes", "stands", "a still", "nothing", "unseen", "none", "one", "two"],
)  # fmt: skip
def test_new_pictures_are_not_taken_for_repeats(changes: np.ndarray) -> None:
    assert not repeats(changes).any()


def striding(which: int) -> np.ndarray:
    """A picture of somebody, a bar that swings, and of a cursor that always moves."""
    image = np.full((120, 160, 3), 90, np.uint8)
    x = 30 + 37 * which % 90
    image[20:100, x : x + 12] = 230
    return image


def screen(film: np.ndarray) -> Iterator[Frame]:
    for index, which in enumerate(film):
        image = striding(which)
        image[2:8, 3 * index % 150 :][:, :6] = 255
        yield Frame(index, index / 30, image)


@pytest.mark.parametrize("name", FILMS)
def test_pictures_are_compared_where_the_runner_is(name: str) -> None:
    """Landmarks move in repeats too, and so does a cursor elsewhere in the picture."""
    which = FILMS[name][2]
    seen = builders.track(len(which), fps=30)
    xy = np.random.default_rng(4).uniform((40, 20), (130, 100), seen.xy.shape)
    xy[:, :2] = (40, 20), (130, 100)
    track, share = held(replace(seen, xy=xy), screen(which))
    assert list(pictures(track)) == list(np.cumsum(np.diff(which, prepend=0) > 0))
    assert share == pytest.approx(np.mean(np.diff(which, prepend=-1) == 0), abs=0.005)


@pytest.mark.parametrize("missing", ["the runner", "frames"])
def test_how_many_pictures_are_different_is_told_of_those_that_show_the_runner(missing: str) -> None:
    seen = builders.track(240, fps=30)
    xy = np.random.default_rng(4).uniform((40, 20), (130, 100), seen.xy.shape)
    xy[:, :2] = (40, 20), (130, 100)
    frames = list(screen(np.arange(240) // 2))
    if missing == "frames":
        frames[90:150] = []
    else:
        xy[90:150] = np.nan
    said = next(told(held(replace(seen, xy=xy), frames)[1], seen))
    assert float(said.split("shows ")[1].split()[0]) == pytest.approx(15, rel=0.02)


def test_only_landmarks_that_often_stand_still_are_a_reason_to_compare_pictures() -> None:
    track = Runner(fps=30, noise_px=NOISE_PX).track()
    noise = np.random.default_rng(5).normal(0, NOISE_PX, (600, *track.xy.shape[1:]))
    doubled = shown(track, pulled(30, 60), 60)
    assert not suspected(track)
    assert suspected(replace(doubled, xy=doubled.xy + noise))


@pytest.mark.slow
def test_a_sample_shown_with_repeats_is_measured_as_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every third picture of the sample, each shown twice, then once, as 20 a second become 30."""
    every = [image_of(planes) for _, planes in Clip(SAMPLES / "neutral.mp4", 0.0, 5.0).planes()][::3]
    which = pulled(20, 30, 5.0)
    clip = clips.make(tmp_path / "run.mp4", np.arange(len(which)) / 30, lambda i: every[which[i]])
    plain = clips.make(tmp_path / "plain.mp4", np.arange(len(every)) / 20, lambda i: every[i])
    said = Options(model="lite", cache=False)
    again, once = analyze(clip, said), analyze(plain, said)
    assert any("33% of the pictures only repeat" in warning for warning in again.warnings)
    truth = json.loads((SAMPLES / "neutral.truth.json").read_text(encoding="utf-8"))["summary"]
    a, b = (next(m for m in report.measurements if m.name == "cadence_spm") for report in (once, again))
    assert b.low < truth["cadence_spm"] < b.high
    assert b.high - b.low > 0.9 * (a.high - a.low)
    assert again.stretch.fps == pytest.approx(20, rel=0.02)
    analyze(clip, replace(said, cache=True))
    monkeypatch.setattr(pipeline, "suspected", None)  # pictures are not compared again
    kept = analyze(clip, replace(said, cache=True))
    assert (kept.warnings, kept.contacts) == (again.warnings, again.contacts)
