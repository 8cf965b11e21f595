"""Drawings as inline SVG: pure functions from numbers to markup. Colours and line widths are in style.css, by class.

All but the figures are drawn 340 wide, about the width of a phone, so that their letters there match the page's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite, log10

import numpy as np
from markupsafe import Markup, escape

from ..datatypes import FloatArray, Level, Side
from ..words import BAND_NAMES

WIDTH = 340.0
LEFT, RIGHT = 36.0, 8.0  # margins of the traces: numbers are in the left one
FEWEST_TICKS = 3
DOT = 3.2  # radius of a left step's dot
TOP, DIAMOND = 4.0, "l4 4l-4 4l-4 -4z"  # a right step's: drawn from its top, which is so far above the middle
SORE_HEIGHT, SORE_WIDTH = 26.0, 3.0  # of the strip that shows soreness, and of a day's bar on it
FIGURE, LETTER = 26.0, 6.0  # space for a number on an axis, and for each letter of a word


@dataclass(frozen=True)
class Axis:
    """A straight scale: low is drawn at begin, high at end."""

    low: float
    high: float
    begin: float
    end: float

    def __call__(self, value: float) -> float:
        return self.begin + (value - self.low) / (self.high - self.low) * (self.end - self.begin)

    def within(self, value: float) -> float:
        """Where a value is drawn; beyond an end, that end."""
        return self(min(max(value, self.low), self.high))


@dataclass(frozen=True)
class Point:
    """A value at a place along the axis; at_s: the time in the video it belongs to, None when there is no video."""

    x: float
    y: float
    side: Side
    words: str
    at_s: float | None = None


@dataclass(frozen=True)
class Dated:
    """A value on a day, with the ends of its interval; link: where it leads on the page."""

    day: date
    value: float
    interval: tuple[float, float]
    words: str
    link: str


@dataclass(frozen=True)
class Line:
    """One leg over the gait cycle: mean and spread at evenly spaced shares, its toe-off, its moments to jump to."""

    side: Side
    mean: FloatArray
    sd: FloatArray
    toe_off: float
    points: tuple[Point, ...]


@dataclass(frozen=True)
class UsualRange:
    """The usual range, in the unit (infinite where it has no end), from one share of the width to another.

    shown: ends that an axis should include besides the values.
    """

    low: float
    high: float
    begin: float = 0.0
    end: float = 1.0
    shown: tuple[float, ...] = ()


def bar(
    low: float, high: float, bands: Sequence[tuple[float, float, Level]], value: float,
    interval: tuple[float, float], words: str, steps: Sequence[tuple[Side, float]] = (),
) -> Markup:  # fmt: skip
    """A number in its range: usual, watch and fault as a bar, the number and its interval on it, every step above."""
    x, top = Axis(low, high, 6.0, WIDTH - 6), 30.0 if steps else 8.0
    parts = [_rect(x.within(a), top, x.within(b) - x.within(a), 12, f"band {level}") for a, b, level in bands]
    parts += _step_dots(x, top, steps)
    a, b = (x.within(end) for end in interval)
    parts.append(_path(f"M{_n(a)} {_n(top + 6)}H{_n(b)}", "interval"))
    parts += [_path(f"M{_n(end)} {_n(top + 1)}v10", "interval") for end, it in zip((a, b), interval, strict=True)
              if low <= it <= high]  # fmt: skip
    parts.append(_circle(x.within(value), top + 6, 6, "value"))
    parts += _named(x, bands, top + 26)
    return _drawing(top + 30, parts, words, "bar")


def change_bar(
    low: float, high: float, bands: Sequence[tuple[float, float, Level]], ends: tuple[float, float], words: str
) -> Markup:
    """Two numbers in one range: hollow before, filled after, a line from the one to the other."""
    x, top = Axis(low, high, 6.0, WIDTH - 6), 8.0
    parts = [_rect(x.within(a), top, x.within(b) - x.within(a), 12, f"band {level}") for a, b, level in bands]
    before, after = (x.within(end) for end in ends)
    parts.append(_path(f"M{_n(before)} {_n(top + 6)}H{_n(after)}", "interval"))
    parts += [_circle(before, top + 6, 5, "value then"), _circle(after, top + 6, 6, "value")]
    return _drawing(top + 30, [*parts, *_named(x, bands, top + 26)], words, "bar")


@dataclass(frozen=True)
class Figure:
    """A runner as lines: (n, 2, 2) limbs with their class, and the centre of the head; in leg lengths from the hips."""

    name: str
    limbs: Sequence[tuple[FloatArray, str]]
    head: FloatArray


def ghosts(figures: Iterable[Figure], words: str) -> Markup:
    """Figures on one spot, hips on hips."""
    leg, middle, hips = 75.0, 80.0, 100.0
    parts = []
    for figure in figures:
        for limbs, name in figure.limbs:
            known = limbs[np.isfinite(limbs).all(axis=(1, 2))] * leg + (middle, hips)
            d = "".join(f"M{_n(a[0])} {_n(a[1])}L{_n(b[0])} {_n(b[1])}" for a, b in known)
            parts.append(_path(d, f"ghost {figure.name} {name}"))
        if np.isfinite(figure.head).all():
            x, y = (figure.head * leg + (middle, hips)).tolist()
            parts.append(_circle(x, y, 0.13 * leg, f"ghost {figure.name}"))
    return _drawing(200, parts, words, "figures", width=160)


def _step_dots(x: Axis, top: float, steps: Sequence[tuple[Side, float]]) -> Iterator[Markup]:
    """Left above right, each slightly offset from its neighbours, so that equal steps do not hide each other.

    Of those on one spot the first is drawn.
    """
    spots: dict[tuple[Side, int, int], float] = {}
    for i, (side, value) in enumerate(steps):
        at = x.within(value)
        spots.setdefault((side, i % 6 // 2 - 1, round(at)), at)
    for (side, row, _), at in spots.items():
        yield _circle(at, top - (21 if side == "left" else 9) + 2.4 * row, 2.2, f"step {side}")


def _named(x: Axis, bands: Sequence[tuple[float, float, Level]], y: float) -> Iterator[Markup]:
    """The limits between the bands as numbers, and between them the names of the bands, where there is space."""
    last = -FIGURE
    for begin, _, _ in bands[1:]:
        if x(begin) - last > FIGURE:
            last = x(begin)
            yield _text(f"{begin:g}", last, y, "tick", "middle")
    for begin, end, level in bands:
        name = BAND_NAMES[level]
        if x(end) - x(begin) > FIGURE + LETTER * len(name):
            yield _text(name, 0.5 * (x(begin) + x(end)), y, f"name {level}", "middle")


def stride(lines: Sequence[Line], unit: str, band: UsualRange | None, words: str) -> Markup:
    """A quantity over the gait cycle: mean ± spread of each leg, its toe-off, what is usual where that applies."""
    height = 190.0
    x = Axis(0, 1, LEFT, WIDTH - RIGHT)
    ends = [end for line in lines for end in (line.mean - line.sd, line.mean + line.sd)]
    y = _vertical(ends, band, 8, height - 34)
    shares = np.linspace(0, 1, len(lines[0].mean))
    parts = [*_band(band, x, y), *_grid(y, unit)]
    parts += [_text(f"{100 * share:.0f}", x(share), height - 20, "tick", "middle") for share in (0, 0.25, 0.5, 0.75)]
    parts.append(_text("100 %", WIDTH - RIGHT, height - 20, "tick", "end"))
    parts += [_spread(line, shares, x, y) for line in lines]
    parts += [_path(_through(shares, line.mean, x, y), f"trace {line.side}") for line in lines]
    parts += [_toe_off(line, x, y) for line in lines if isfinite(line.toe_off)]
    parts += [_dot(point, x, y) for line in lines for point in line.points]
    return _drawing(height, parts, words, "chart", "group")


def _toe_off(line: Line, x: Axis, y: Axis) -> Markup:
    return _path(f"M{_n(x(line.toe_off))} {_n(y.begin)}V{_n(y.begin - 8)}", f"trace {line.side}")


def clip(
    points: Sequence[Point], begin_s: float, end_s: float, unit: str, band: UsualRange | None, words: str
) -> Markup:
    """A quantity over the clip: a dot for each step of each leg, at its time in the file."""
    height = 150.0
    x = Axis(begin_s, end_s, LEFT + 4, WIDTH - RIGHT - 4)
    y = _vertical([np.array([p.y for p in points])], band, 8, height - 28)
    parts = [*_band(band, Axis(0, 1, LEFT, WIDTH - RIGHT), y), *_grid(y, unit)]
    *ticks, last = _ticks(begin_s, end_s, 5)
    parts += [_text(f"{t:g}", x(t), height - 14, "tick", "middle") for t in ticks]
    parts.append(_text(f"{last:g} s", min(x(last), WIDTH - 16), height - 14, "tick", "middle"))
    parts.append(_path(f"M{_n(x.begin)} 8V{_n(height - 28)}", "playhead"))
    parts += [_dot(point, x, y) for point in points]
    axis = f'data-begin="{_n(x.begin)}" data-end="{_n(x.end)}" data-until="{_n(end_s - begin_s, 3)}"'
    return _drawing(height, parts, words, "chart clip", "group", axis)


def months(
    points: Sequence[Dated], soreness: Sequence[tuple[date, int]], unit: str, band: UsualRange | None,
    reach: tuple[float, float] | None, words: str,
) -> Markup:  # fmt: skip
    """A quantity over days: each clip with its interval, and above them how sore the back was day by day.

    reach: the limits within which there is no real change from the first clip, drawn as dashed lines.
    """
    height, top = 190.0, SORE_HEIGHT + 14 if soreness else 8.0
    days = [*(p.day for p in points), *(day for day, _ in soreness)]
    first, last = min(days).toordinal(), max(days).toordinal()
    x = Axis(first, max(last, first + 1), LEFT + 8, WIDTH - RIGHT - 8)
    y = _vertical([np.array([*p.interval, p.value]) for p in points], band, top, height - 28)
    parts = [*_band(band, Axis(0, 1, LEFT, WIDTH - RIGHT), y), *_grid(y, unit)]
    parts += [
        _path(f"M{_n(LEFT)} {_n(y(end))}H{_n(WIDTH - RIGHT)}", "reach") for end in reach or () if y.low < end < y.high
    ]
    parts += [*_dates(x, first, last, height - 12), *_sore(soreness, x)]
    parts += [_dated(point, x, y) for point in points]
    return _drawing(height, parts, words, "chart", "group")


def _dates(x: Axis, first: int, last: int, bottom: float) -> Iterator[Markup]:
    """A few dates as text, including the first and the last."""
    count = min(4, last - first + 1)
    form = "%b %Y" if last - first > 300 else "%d %b"
    for i, place in enumerate(np.linspace(first, last, count)):
        anchor = "middle" if 0 < i < count - 1 or count == 1 else "start" if i == 0 else "end"
        edge = {"start": LEFT, "end": WIDTH - RIGHT}.get(anchor, x(place))
        yield _text(date.fromordinal(round(place)).strftime(form), edge, bottom, "tick", anchor)


def _sore(soreness: Sequence[tuple[date, int]], x: Axis) -> Iterator[Markup]:
    """A bar for each day; ten out of ten is as high as the strip."""
    if not soreness:
        return
    yield _text("sore", LEFT - 5, SORE_HEIGHT, "tick", "end")
    yield _path(f"M{_n(LEFT)} {_n(SORE_HEIGHT)}H{_n(WIDTH - RIGHT)}", "grid")
    for day, how in soreness:
        tall = max(SORE_HEIGHT * how / 10, 1.0)
        bar = _rect(x(day.toordinal()) - SORE_WIDTH / 2, SORE_HEIGHT - tall, SORE_WIDTH, tall, "sore")
        yield Markup("<g>{}<title>{}</title></g>").format(bar, f"{day}: {how}/10")


def _dated(point: Dated, x: Axis, y: Axis) -> Markup:
    at = x(point.day.toordinal())
    whisker = _path(f"M{_n(at)} {_n(y(point.interval[0]))}V{_n(y(point.interval[1]))}", "whisker")
    return Markup('<a href="{}" aria-label="{}">{}{}{}<title>{}</title></a>').format(
        point.link, point.words, _circle(at, y(point.value), 9, "target"), whisker,
        _circle(at, y(point.value), DOT + 0.6, "dot when"), point.words,
    )  # fmt: skip


def _dot(point: Point, x: Axis, y: Axis) -> Markup:
    """A step; a link to its moment in the video if there is one. Its shape shows the side, too."""
    cx, cy, words = x(point.x), y.within(point.y), escape(point.words)
    mark = (
        _circle(cx, cy, DOT, f"dot {point.side}") if point.side == "left"
        else _path(f"M{_n(cx)} {_n(cy - TOP)}{DIAMOND}", f"dot {point.side}")
    )  # fmt: skip
    if point.at_s is None:
        return Markup(f"<g>{mark}<title>{words}</title></g>")
    to = Markup(f'<a href="#film" data-at="{_n(point.at_s, 3)}" aria-label="{words}">{_circle(cx, cy, 9, "target")}')
    return Markup(
        f"<!-- film -->{to}<!-- instead <g>--><!-- /film -->{mark}"
        f"<!-- film --></a><!-- instead <title>{words}</title></g>--><!-- /film -->"
    )


def _vertical(values: Iterable[FloatArray], band: UsualRange | None, top: float, bottom: float) -> Axis:
    """An axis that includes all values, and what the band wants shown."""
    known = np.concatenate([*(np.ravel(v) for v in values), band.shown if band else ()])
    low, high = float(known.min()), float(known.max())
    pad = 0.08 * (high - low) or max(abs(high) * 0.1, 1.0)
    return Axis(low - pad, high + pad, bottom, top)


def _band(band: UsualRange | None, x: Axis, y: Axis) -> Iterator[Markup]:
    if band is None:
        return
    top, bottom = y.within(band.high), y.within(band.low)
    if bottom - top > 0.5:
        yield _rect(x(band.begin), top, x(band.end) - x(band.begin), bottom - top, "usual")


def _grid(y: Axis, unit: str) -> Iterator[Markup]:
    ticks = _ticks(y.low, y.high, FEWEST_TICKS)
    for i, tick in enumerate(ticks):
        yield _path(f"M{_n(LEFT)} {_n(y(tick))}H{_n(WIDTH - RIGHT)}", "zero" if tick == 0 else "grid")
        last = f"{tick:g}{unit if unit[:1] in '°%' and len(unit) == 1 and i == len(ticks) - 1 else ''}"
        yield _text(last, LEFT - 5, y(tick) + 4, "tick", "end")


def _ticks(low: float, high: float, fewest: int) -> list[float]:
    """Round numbers from low to high."""
    rough = (high - low) / fewest
    power = 10.0 ** np.floor(log10(rough))
    step = next(s * power for s in (5.0, 2.0, 1.0) if s * power <= rough)
    first, last = np.ceil(low / step), np.floor(high / step)
    return [float(round(i * step, 9)) + 0.0 for i in np.arange(first, last + 1)]


def _spread(line: Line, shares: FloatArray, x: Axis, y: Axis) -> Markup:
    there = _through(shares, line.mean + line.sd, x, y)
    back = _through(shares[::-1], (line.mean - line.sd)[::-1], x, y)
    return _path(f"{there}L{back[1:]}z", f"spread {line.side}")


def _through(shares: FloatArray, values: FloatArray, x: Axis, y: Axis) -> str:
    return "M" + "L".join(f"{_n(x(a))} {_n(y.within(b))}" for a, b in zip(shares, values, strict=True))


def _drawing(
    height: float, parts: Iterable[Markup], words: str, name: str, role: str = "img", more: str = "",
    width: float = WIDTH,
) -> Markup:  # fmt: skip
    head = Markup('<svg class="{}" viewBox="0 0 {} {}" role="{}" aria-label="{}"').format(
        name, _n(width), _n(height), role, words
    )
    return head + Markup(f" {more}>" if more else ">") + Markup("").join(parts) + Markup("</svg>")


def _rect(x: float, y: float, width: float, height: float, name: str) -> Markup:
    return Markup(
        f'<rect class="{escape(name)}" x="{_n(x)}" y="{_n(y)}" width="{_n(max(width, 0))}" height="{_n(height)}"/>'
    )


def _circle(x: float, y: float, r: float, name: str) -> Markup:
    return Markup(f'<circle class="{escape(name)}" cx="{_n(x)}" cy="{_n(y)}" r="{_n(r)}"/>')


def _path(d: str, name: str) -> Markup:
    return Markup(f'<path class="{escape(name)}" d="{d}"/>')


def _text(words: str, x: float, y: float, name: str, anchor: str) -> Markup:
    return Markup('<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>').format(name, _n(x), _n(y), anchor, words)


def _n(value: float, decimals: int = 1) -> str:
    """A coordinate, short."""
    return f"{round(float(value), decimals) + 0.0:g}" if decimals == 1 else f"{float(value):.{decimals}f}"
