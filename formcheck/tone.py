"""HDR pictures (HLG, PQ) → SDR ones, so that they do not look washed out where HDR is not shown.

What an HDR screen would show (Rec. ITU-R BT.2100: HLG by its OOTF for a screen of 1000 cd/m², PQ by its EOTF) is turned
into BT.709's primaries, rolled off towards the peak (the EETF of Report ITU-R BT.2390, annex 5, from 1000 cd/m² to the
203 cd/m² of reference white in Report ITU-R BT.2408, applied to the largest of R, G and B, which keeps the hue), and
coded for BT.1886. A grey card (26 cd/m² in either) comes out as in an SDR recording, reference white at nine tenths.

All of that is tabulated once: brightness by brightness; by brightness and colour, the new colour and what it adds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from .planes import BLACK, BLUE, BRIGHTNESSES, COLOURS, GREY, RED, Image, Planes

Curve = Literal["hlg", "pq"]
Wide = NDArray[np.uint16]
Floats = NDArray[np.floating[Any]]

PEAK, WHITE, LEAST = 1000.0, 203.0, 1e-3  # cd/m²; below the last, all is black
RED_2020, BLUE_2020 = 0.2627, 0.0593  # of white's brightness
# of linear R, G and B, Rec. ITU-R BT.2087
TO_709 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32)
M1, M2, C1, C2, C3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128  # of PQ
A, B, C = 0.17883277, 0.28466892, 0.55991073  # of HLG
OOTF = 1.2  # its gamma on such a screen
GAMMA = 2.4  # BT.1886
LEVELS = 1024  # of ten bits
LUMA_BITS, CHROMA_BITS = 4, 3  # of the table by colour: neighbours are two to this power levels apart
LUMAS, CHROMAS = (LEVELS >> LUMA_BITS) + 1, (LEVELS >> CHROMA_BITS) + 1


def to_sdr(planes: Wide, curve: Curve) -> Planes:
    """(3/2 H, W) of Y'CbCr 4:2:0 in BT.2020, ten bits, limited range, H and W even → the same picture in BT.709."""
    height, width = planes.shape[0] * 2 // 3, planes.shape[1]
    luma = planes[:height]
    cb, cr = planes[height:].reshape(2, height // 2, width // 2)
    tables = _tables(curve)
    few = np.asarray(cv2.resize(luma, (width // 2, height // 2), interpolation=cv2.INTER_AREA), np.uint16)
    (y, _), (at_cb, past_cb), (at_cr, past_cr) = (
        _place(few, LUMA_BITS),
        _place(cb, CHROMA_BITS),
        _place(cr, CHROMA_BITS),
    )
    found = tables.by_colour.take(y * CHROMAS**2 + at_cb * CHROMAS + at_cr).view(np.uint8).reshape(*y.shape, 4)
    few_more, *coarse, _ = cv2.split(found)
    fine = (by_cb.take(y) * past_cb + by_cr.take(y) * past_cr for by_cb, by_cr in tables.slopes)
    colours = (_bytes(base + past) for base, past in zip(coarse, fine, strict=True))
    picture = Planes.of(tables.by_luma.take(luma), *colours)
    more = cv2.resize(few_more, (width, height), interpolation=cv2.INTER_LINEAR)
    cv2.addWeighted(picture.luma, 1, more, 1, -GREY, dst=picture.luma)
    return picture


def _place(plane: Wide, bits: int) -> tuple[NDArray[np.int32], Floats]:
    """The nearest of the table's levels, and how far beyond it a value is."""
    value = np.minimum(plane, LEVELS - 1).astype(np.int32)
    place = (value + (1 << bits - 1)) >> bits
    return place, (value - (place << bits)).astype(np.float32)


@dataclass(frozen=True)
class _Tables:
    """
    by_luma    (1024,) new Y' of greys by old Y'
    by_colour  for each of LUMAS Y', CHROMAS Cb and as many Cr, four bytes: GREY + what is added to Y'; Cb, Cr and 0
    slopes     (2, 2, LUMAS) of the new Cb and Cr by the old ones, near grey: for use between the table's levels
    """

    by_luma: Image
    by_colour: NDArray[np.uint32]
    slopes: Floats


@cache
def _tables(curve: Curve) -> _Tables:
    levels, luma, chroma = (
        np.arange(n, dtype=np.float32) * (1 << bits)
        for n, bits in ((LEVELS, 0), (LUMAS, LUMA_BITS), (CHROMAS, CHROMA_BITS))
    )
    half, step = LEVELS / 2, float(1 << CHROMA_BITS)
    by_luma = _converted(levels, np.full_like(levels, half), np.full_like(levels, half), curve)[0]
    grey = np.full_like(luma, half)
    plain, *at_grey = _converted(luma, grey, grey, curve)
    beside = (_converted(luma, grey + step, grey, curve)[1:], _converted(luma, grey, grey + step, curve)[1:])
    slopes = np.array([[(moved[i] - at_grey[i]) / step for moved in beside] for i in (0, 1)], np.float32)
    y, cb, cr = (axis.ravel() for axis in np.meshgrid(luma, chroma, chroma, indexing="ij"))
    new_y, new_cb, new_cr = _converted(y, cb, cr, curve)
    more = GREY + new_y - np.repeat(plain, CHROMAS**2)
    packed = np.stack([more, new_cb, new_cr, np.zeros_like(more)], axis=1)
    return _Tables(_bytes(by_luma), np.ascontiguousarray(_bytes(packed)).view(np.uint32).ravel(), slopes)


def _bytes(values: Floats) -> Image:
    return np.rint(np.clip(values, 0, 255)).astype(np.uint8)


def _converted(y: Floats, cb: Floats, cr: Floats, curve: Curve) -> tuple[Floats, Floats, Floats]:
    """Y', Cb and Cr (n,) of ten bits → the same of eight, not rounded."""
    y, cb, cr = (y - 64) / 876, (cb - 512) / 896, (cr - 512) / 896
    red, blue = y + 2 * (1 - RED_2020) * cr, y + 2 * (1 - BLUE_2020) * cb
    green = (y - RED_2020 * red - BLUE_2020 * blue) / (1 - RED_2020 - BLUE_2020)
    shown = (_hlg if curve == "hlg" else _pq)(np.clip(np.stack([red, green, blue]), 0, 1))
    light = np.maximum(TO_709 @ shown, 0)
    largest = np.maximum(light.max(axis=0), LEAST)
    red, green, blue = np.clip(light * (_rolled_off(largest) / largest / WHITE), 0, 1) ** (1 / GAMMA)
    y = RED * red + (1 - RED - BLUE) * green + BLUE * blue
    cb, cr = (blue - y) / (2 * (1 - BLUE)), (red - y) / (2 * (1 - RED))
    return BLACK + BRIGHTNESSES * y, GREY + COLOURS * cb, GREY + COLOURS * cr


def _hlg(signal: Floats) -> Floats:
    """(3, n) R', G', B' → what a screen makes of them, cd/m²."""
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - C) / A) + B) / 12)
    luminance = np.array([RED_2020, 1 - RED_2020 - BLUE_2020, BLUE_2020], np.float32) @ scene
    return np.asarray(PEAK * scene * np.maximum(luminance, 1e-6) ** (OOTF - 1), np.float32)


def _pq(signal: Floats) -> Floats:
    root = signal ** (1 / M2)
    return np.asarray(np.minimum(10_000 * (np.maximum(root - C1, 0) / (C2 - C3 * root)) ** (1 / M1), PEAK), np.float32)


def _as_pq(light: Floats | float) -> Floats:
    power = (np.asarray(light, np.float32) / 10_000) ** M1
    return np.asarray(((C1 + C2 * power) / (1 + C3 * power)) ** M2, np.float32)


def _rolled_off(light: Floats) -> Floats:
    """cd/m² up to PEAK → up to WHITE: unchanged at first, then ever less steep."""
    peak = _as_pq(PEAK)
    e, target = _as_pq(np.minimum(light, PEAK)) / peak, _as_pq(WHITE) / peak
    knee = 1.5 * target - 0.5
    t = np.clip((e - knee) / (1 - knee), 0, 1)
    above = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (3 * t**2 - 2 * t**3) * target
    return _pq(np.where(e < knee, e, above) * peak)
