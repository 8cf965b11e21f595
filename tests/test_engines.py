"""Our engine against MediaPipe's on the same networks: the same people and landmarks, and no access to the network."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import cv2
import numpy as np
import pytest
from scipy.special import expit

from formcheck import network, pose_litert, pose_mediapipe, video
from formcheck.backends import BACKENDS, DEFAULT_BACKEND
from formcheck.datatypes import FormcheckError
from formcheck.engine import Network, model_path, only, sigmoid
from formcheck.pose_litert import Image, Landmarker, Region
from formcheck.tracking import Pose, distinct

SAMPLES = Path(__file__).parent.parent / "sample_videos"
FILES = dict.fromkeys(row.file for row in BACKENDS.values())
linux = pytest.mark.skipif(sys.platform != "linux", reason="MediaPipe can be kept off the network on Linux only")


def pictures(name: str, seconds: float) -> list[Image]:
    return [frame.image for frame in video.Clip(SAMPLES / f"{name}.mp4", end_s=seconds)]


def tilted(image: Image, degrees: float) -> Image:
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return np.asarray(cv2.warpAffine(image, turn, (width, height)), np.uint8)


@pytest.fixture(scope="module")
def looked_at() -> dict[str, Image]:
    """Pictures of one runner, of two, of one tilted, one small and one reaching the edges, and of nobody."""
    first, second = (pictures(name, 0)[0] for name in ("neutral", "hunched"))
    return {
        "one": first,
        "beyond the edges": first[50:670, 400:900].copy(),
        "tilted": tilted(first, 35),
        "two": np.hstack([image[:, 320:960] for image in (first, second)]),
        "small": cv2.copyMakeBorder(first, 300, 300, 100, 700, cv2.BORDER_REPLICATE),
        "nobody": np.full((300, 400, 3), 127, np.uint8),
    }


@pytest.mark.slow
@linux
@pytest.mark.parametrize("file", FILES)
def test_both_engines_see_the_same_people_in_a_picture(file: str, looked_at: dict[str, Image]) -> None:
    with pose_mediapipe.open_model(file) as theirs, pose_litert.open_model(file) as ours:
        for name, image in looked_at.items():
            found = ours.detect(image)
            assert len(found) == {"two": 2, "nobody": 0}.get(name, 1)
            for a, b in zip(theirs.detect(image), found, strict=True):
                apart = np.abs(a.xy - b.xy) / a.height_px
                assert np.median(apart) < 0.00005
                assert np.percentile(apart, 90) < 0.0005  # a few doubtful ones jump with a picture's last bit
                assert np.median(np.abs(a.world - b.world)) < 0.0002
                assert np.abs(a.confidence - b.confidence).max() < 0.005
                assert a.mask is not None
                assert b.mask is not None
                assert np.abs(a.mask - b.mask).mean() < 0.00002


@pytest.mark.parametrize("file", FILES)
def test_without_the_mask_landmarks_are_the_same_to_the_last_bit(file: str, looked_at: dict[str, Image]) -> None:
    with pose_litert.open_model(file) as backend:
        region = backend.regions(looked_at["one"])[0]
        plain, masked = (backend.read(looked_at["one"], region, mask=mask) for mask in (False, True))
    assert plain is not None
    assert masked is not None
    assert plain.pose.mask is None
    assert masked.pose.mask is not None
    for a, b in ((plain.pose.xy, masked.pose.xy), (plain.pose.world, masked.pose.world)):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(plain.pose.confidence, masked.pose.confidence)
    np.testing.assert_array_equal(plain.next.middle, masked.next.middle)


def test_a_networks_outputs_are_those_asked_for_and_in_that_order(looked_at: dict[str, Image]) -> None:
    with ZipFile(model_path(BACKENDS["lite"].file)) as bundle:
        content = bundle.read(pose_litert.LANDMARKER)
    shown = cv2.resize(looked_at["one"], (256, 256)).astype(np.float32) / 255
    whole = Network(content, 1)(shown)
    last, first = Network(only(content, (len(whole) - 1, 0)), 1)(shown)
    np.testing.assert_array_equal(last, whole[-1])
    np.testing.assert_array_equal(first, whole[0])


@pytest.mark.parametrize("side", [9.0, 80.0, 431.0, 3000.0])
def test_a_rounded_region_is_nearly_the_same(side: float) -> None:
    """No edge moves by more than a place, and rounding it again, or a shift by whole places, changes nothing."""
    region = Region(np.array([311.37, 204.81]), side, 0.0437)
    rounded = region.rounded
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    assert np.abs(rounded.to_picture(corners) - region.to_picture(corners)).max() < 1.5 * side / pose_litert.GRID
    moved = replace(rounded, middle=rounded.middle + np.array([64, -128])).rounded
    for again in (rounded.rounded, moved):
        np.testing.assert_array_equal(again.middle % 64, rounded.middle % 64)
        assert (again.side, again.angle) == (rounded.side, rounded.angle)


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES)
def test_trackers_that_began_at_different_frames_agree_soon(file: str) -> None:
    """What is seen at a moment must not depend on where a clip, or a part of it, begins."""
    images = pictures("neutral", 1.0)
    with pose_litert.open_model(file) as backend:
        whole, later = tracked(backend, images), tracked(backend, images[20:], nudge_px=3.0)
    for a, b in zip(whole[-10:], later[-10:], strict=True):
        np.testing.assert_allclose(a.xy, b.xy, atol=0.01)
        assert a.world is not None
        assert b.world is not None
        np.testing.assert_allclose(a.world, b.world, atol=1e-4)


def tracked(backend: Landmarker, images: list[Image], nudge_px: float = 0.0) -> list[Pose]:
    tracker = backend.tracker()
    first = backend.regions(images[0])[0]
    tracker._region = replace(first, side=first.side + nudge_px)
    return [pose for image in images if (pose := tracker.update(image)) is not None]


@pytest.mark.slow
@linux
@pytest.mark.parametrize("file", FILES)
def test_tracked_for_a_second_both_engines_differ_no_more_than_ours_from_itself_nudged(
    file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where regions are not rounded, one moved by a thousandth of a pixel turns into landmark noise some frames later;
    so does another engine."""
    monkeypatch.setattr(Region, "rounded", property(lambda region: region))
    images = pictures("neutral", 1.0)
    with pose_mediapipe.open_model(file) as theirs, pose_litert.open_model(file) as ours:
        tracker = theirs.tracker()
        other = [pose for image in images if (pose := tracker.update(image)) is not None]
        same, *nudged = (tracked(ours, images, nudge) for nudge in (0.0, 1e-3, -1e-3, 2e-3))
    assert len(other) == len(same) == len(images)

    def apart(some: list[Pose], part: str) -> float:
        return float(np.median([np.abs(getattr(a, part) - getattr(b, part)) for a, b in zip(some, same, strict=True)]))

    for part in ("xy", "world"):
        assert 0 < apart(other, part) < 2 * max(apart(some, part) for some in nudged)
    assert apart(other, "confidence") < 0.002


def test_a_region_maps_there_and_back() -> None:
    region = Region(np.array([300.0, 200.0]), 120.0, 0.4)
    points = np.array([[0.0, 0.0], [1.0, 0.0], [0.25, 0.75]])
    there = region.to_picture(points)
    back = there @ region.from_picture(256)[:, :2].T + region.from_picture(256)[:, 2]
    assert np.allclose(back, 256 * points)
    assert np.allclose(np.linalg.norm(there[1] - there[0]), 120)


@pytest.mark.parametrize("angle_deg", [-170, -30, 0, 80])
def test_a_region_is_turned_so_that_the_person_stands_upright_in_it(angle_deg: float) -> None:
    angle = np.radians(angle_deg)
    middle = np.array([50.0, 60.0])
    region = Region.around(middle, middle + 40 * np.array([np.sin(angle), -np.cos(angle)]))
    assert region.side == pytest.approx(100)
    assert region.angle == pytest.approx(angle)
    assert np.allclose(region.to_picture(np.array([0.5, 0.1])), middle + 40 * np.array([np.sin(angle), -np.cos(angle)]))


def test_of_overlapping_detections_one_person_is_tracked() -> None:
    a, b, c = (Region(np.array([x, 100.0]), 100.0, 0.0) for x in (100.0, 110.0, 300.0))
    assert pose_litert._first([]) is None
    assert pose_litert._first([a, c]) is a
    assert pose_litert._first([a, b]) is b


@pytest.mark.parametrize("shape", [(720, 1280), (1920, 1080), (480, 640), (1000, 1000), (1, 2000), (300, 1)])
def test_whoever_is_a_sixth_as_tall_as_the_picture_is_whole_in_a_square(shape: tuple[int, int]) -> None:
    squares = pose_litert._squares((*shape, 3), pose_litert.SQUARES)
    assert len(squares) < 100
    boxes = np.array([[*(s.middle - s.side / 2), *(s.middle + s.side / 2)] for s in squares])
    assert (boxes[:, :2].min(axis=0) <= 0.5).all()
    assert (boxes[:, 2:].max(axis=0) >= np.array(shape[::-1]) - 0.5).all()
    random, tall = np.random.default_rng(0), min(shape) / 6
    for x, y in random.uniform((0, 0), np.maximum(np.array(shape[::-1]) - tall, 1e-9), size=(200, 2)):
        assert ((boxes[:, :2] <= (x, y)) & (boxes[:, 2:] >= (x + tall, y + tall))).all(axis=1).any()


@pytest.mark.slow
def test_people_far_off_are_found_in_squares_of_the_picture() -> None:
    """All squares are searched in the first picture, some in each later one; a tracker of one window searches none."""
    image = cv2.resize(pictures("neutral", 0)[0], None, fx=0.16, fy=0.16, interpolation=cv2.INTER_AREA)
    afar, nobody = np.full((720, 1280, 3), 90, np.uint8), np.full((720, 1280, 3), 90, np.uint8)
    afar[420 : 420 + len(image), 230 : 230 + image.shape[1]] = image
    with pose_litert.open_model(BACKENDS["lite"].file) as backend:
        assert backend.tracker().update(afar) is None
        at_once = backend.tracker(afar=True).update(afar)
        assert at_once is not None
        assert np.all(np.abs(at_once.hips - (230 + image.shape[1] / 2, 420 + len(image) / 2)) < len(image) / 2)
        later = backend.tracker(afar=True)
        assert later.update(nobody) is None
        both = afar.copy()
        both[300 : 300 + len(image), 800 : 800 + image.shape[1]] = image
        assert len(distinct(backend.detect(both, at_once.height_px))) == 2
        assert backend.detect(both) == []
        rounds = len(pose_litert._squares(afar.shape, pose_litert.SQUARES)) // pose_litert.SQUARES_A_FRAME + 1
        found = [later.update(afar) is not None for _ in range(rounds)]
    assert found[-1]
    assert not found[0]
    assert sorted(found) == found  # once found, tracked


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(1, 2000), (2000, 1), (2, 4000), (4000, 2), (1, 1), (300, 400)])
def test_pictures_of_any_shape_are_looked_at(shape: tuple[int, int]) -> None:
    with pose_litert.open_model(BACKENDS["lite"].file) as backend:
        assert backend.detect(np.zeros((*shape, 3), np.uint8)) == []
        assert backend.detect(np.zeros((*shape, 3), np.uint8), 0.0) == []
        assert backend.tracker(afar=True).update(np.zeros((*shape, 3), np.uint8)) is None


def _attempt() -> str:
    try:
        socket.socket(socket.AF_INET).close()
    except PermissionError:
        return "refused"
    return "open"


@linux
def test_a_closed_thread_has_no_network_nor_have_its_children_but_others_have() -> None:
    def child() -> str:
        answers: list[str] = []
        thread = threading.Thread(target=lambda: answers.append(_attempt()))
        thread.start()
        thread.join()
        return answers[0]

    def program() -> str:
        code = "import socket\ntry: socket.socket()\nexcept PermissionError: print('refused')"
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()

    with ThreadPoolExecutor(1, initializer=network.close_thread) as closed:
        assert [closed.submit(work).result() for work in (_attempt, child, program)] == ["refused"] * 3
    assert _attempt() == "open"


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_where_the_network_cannot_be_closed_mediapipe_is_refused(system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", system)
    with (
        pytest.raises(FormcheckError, match="choose another pose model"),
        pose_mediapipe.open_model(BACKENDS["lite"].file),
    ):
        pass


@pytest.mark.skipif(shutil.which("nm") is None, reason="nm (binutils) reads what a library asks for")
def test_the_libraries_of_our_engine_ask_the_system_for_no_connection() -> None:
    """What they ask for by name is in their files; the trace of whole runs sees the rest."""
    import ai_edge_litert  # noqa: PLC0415

    libraries = sorted(Path(ai_edge_litert.__file__).parent.glob("*.so"))
    assert any(library.name.startswith("libpywrap") for library in libraries)
    for library in libraries:
        asked = subprocess.run(["nm", "-D", "--undefined-only", library], capture_output=True, text=True, check=True)
        names = {line.split()[-1].split("@")[0] for line in asked.stdout.splitlines()}
        assert names.isdisjoint({"socket", "connect", "getaddrinfo", "sendto", "sendmsg", "gethostbyname"}), library


def test_the_default_engine_is_ours() -> None:
    assert BACKENDS[DEFAULT_BACKEND].module == "pose_litert"
    assert model_path(BACKENDS[DEFAULT_BACKEND].file).exists()


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_scores_become_shares_as_in_scipy_however_large_they_are(kind: type[np.floating]) -> None:
    scores = np.array([-1e4, -80.0, -3.0, 0.0, 0.25, 7.0, 80.0, 1e4], kind)
    assert sigmoid(scores) == pytest.approx(expit(scores), rel=1e-6, abs=1e-30)
