"""HDR clips become SDR pictures: patches of known luminance come out as an SDR camera would have recorded them."""

from __future__ import annotations

from pathlib import Path
from time import process_time

import av
import clips
import numpy as np
import pytest
from av.video.reformatter import ColorTrc

from formcheck import video
from formcheck.planes import BLACK, Planes
from formcheck.tone import Curve, to_sdr
from formcheck.video import Clip

CURVES: dict[Curve, ColorTrc] = {"hlg": ColorTrc.ARIB_STD_B67, "pq": ColorTrc.SMPTE2084}
TO_2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])  # BT.2087
SHARES = np.array([0.2627, 0.6780, 0.0593])
WHITE, GREY_CARD = 203.0, 26.0  # cd/m² of diffuse white and of a card that reflects 18 % of it, Report BT.2408
PATCH = 32


def signal(light: np.ndarray, curve: Curve) -> np.ndarray:
    """(…, 3) cd/m² in BT.2020 → R', G', B' by the inverse of what a 1000 cd/m² screen does (Rec. BT.2100)."""
    if curve == "pq":
        power = (light / 10_000) ** (2610 / 16384)
        return np.asarray(((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375)
    luminance = np.maximum((light @ SHARES / 1000)[..., None], 1e-9)
    scene = light / 1000 * luminance ** ((1 - 1.2) / 1.2)
    with np.errstate(invalid="ignore"):
        upper = 0.17883277 * np.log(12 * scene - 0.28466892) + 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), upper)


def patches(light: np.ndarray, curve: Curve) -> np.ndarray:
    """(n, 3) cd/m² in BT.709's primaries → ten-bit planes with a square of each, side by side."""
    red, green, blue = signal(light @ TO_2020.T, curve).T
    y = SHARES @ [red, green, blue]
    cb, cr = (blue - y) / (2 * (1 - SHARES[2])), (red - y) / (2 * (1 - SHARES[0]))
    luma, *colours = (np.rint(v) for v in (64 + 876 * y, 512 + 896 * cb, 512 + 896 * cr))
    rows = [np.tile(np.repeat(luma, PATCH), PATCH), *(np.tile(np.repeat(c, PATCH // 2), PATCH // 2) for c in colours)]
    return np.concatenate(rows).reshape(-1, len(light) * PATCH).astype(np.uint16)


def shown(picture: Planes) -> np.ndarray:
    """(n, 3) RGB in the middle of each patch."""
    return clips.rgb(picture)[PATCH // 2, PATCH // 2 :: PATCH].astype(float)


@pytest.mark.parametrize("odd", [False, True])
@pytest.mark.parametrize("curve", CURVES)
def test_a_grey_card_black_and_white_in_an_hdr_clip_are_what_they_are_in_sdr(
    tmp_path: Path, curve: Curve, odd: bool
) -> None:
    light = np.array([[0.0], [GREY_CARD], [WHITE], [1000.0]]) * np.ones(3)
    path = clips.make_hdr(tmp_path / "hdr.mkv", patches(light, curve), CURVES[curve], odd=odd)
    _, picture = next(Clip(path).planes())
    assert (picture.width, picture.height) == (4 * PATCH, PATCH)
    assert abs(int(picture.luma[0, -1]) - 235) <= 1  # up to the edges
    black, card, white, peak = picture.luma[PATCH // 2, PATCH // 2 :: PATCH].astype(int)
    recorded = BLACK + 219 * (1.099 * 0.18**0.45 - 0.099)  # as an SDR camera codes the card, Rec. BT.709
    assert abs(black - BLACK) <= 1
    assert abs(card - recorded) <= 5
    assert 0.86 <= (white - BLACK) / 219 <= 0.94
    assert abs(peak - 235) <= 1


@pytest.mark.parametrize("curve", CURVES)
def test_colours_up_to_a_light_skin_come_out_as_they_were(curve: Curve) -> None:
    """Those below 120 cd/m², little above the 90 cd/m² at which the roll-off begins."""
    wanted = np.array([[200, 140, 110], [90, 60, 45], [40, 90, 160], [30, 110, 50], [170, 30, 30], [120, 120, 120]])
    light = WHITE * (wanted / 255) ** 2.4
    assert light.max() < 120
    assert np.abs(shown(to_sdr(patches(light, curve), curve)) - wanted).max() <= 8


@pytest.mark.parametrize("curve", CURVES)
def test_faint_tints_show_no_bands(curve: Curve) -> None:
    """A wall in warm light: between the table's levels colours are interpolated linearly."""
    tint = np.linspace(0, 12, 49)
    wanted = np.stack([120 + tint, 120 + 0 * tint, 120 - tint], axis=1)
    assert np.abs(shown(to_sdr(patches(WHITE * (wanted / 255) ** 2.4, curve), curve)) - wanted).max() <= 3.5


@pytest.mark.parametrize("curve", CURVES)
def test_more_light_is_never_darker(curve: Curve) -> None:
    light = np.linspace(0, 1000, 60)[:, None] * np.ones(3)
    luma = to_sdr(patches(light, curve), curve).luma[PATCH // 2, PATCH // 2 :: PATCH].astype(int)
    assert (np.diff(luma) >= 0).all()
    assert luma[-1] == 235


def test_sdr_of_ten_bits_is_left_as_it_is(tmp_path: Path) -> None:
    planes = patches(np.full((4, 3), GREY_CARD), "pq")
    path = clips.make_hdr(tmp_path / "sdr.mp4", planes, ColorTrc.BT2020_10)
    _, picture = next(Clip(path).planes())
    assert np.abs(picture.luma.astype(int) - planes[0, 0] / 4).max() <= 1


def test_what_is_written_of_an_hdr_clip_is_tagged_as_sdr(tmp_path: Path) -> None:
    planes = patches(np.full((4, 3), GREY_CARD), "hlg")
    clip = Clip(clips.make_hdr(tmp_path / "hdr.mp4", planes, CURVES["hlg"]))
    with video.VideoWriter(tmp_path / "out.mp4", planes.shape[1], planes.shape[0] * 2 // 3, 30) as out:
        for time_s, picture in clip.planes():
            out.write(picture, time_s)
    with av.open(str(tmp_path / "out.mp4")) as made:
        context = made.streams.video[0].codec_context
        assert (context.color_trc, context.color_primaries) == (ColorTrc.BT709, 1)


def test_a_frame_takes_a_bounded_time() -> None:
    planes = np.full((1080, 1280), 512, np.uint16)
    to_sdr(planes, "hlg")  # tables are made once
    start = process_time()
    for _ in range(10):
        to_sdr(planes, "hlg")
    assert (process_time() - start) / 10 < 0.05  # more than ten times what a free core needs
