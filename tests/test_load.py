"""Running load from watch exports: the right weeks, the 10 % rule with its weak evidence, shoes and surfaces."""

from __future__ import annotations

import json
import struct
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import schemas
from fitdecode.profile import FIELD_TYPES

from advice import one_line, run
from formcheck.datatypes import UnreadableInputError
from formcheck.guidance import load, pages, sports, watch
from formcheck.guidance.watch import LoggedRun
from formcheck.knowledge import guidance

TODAY = date(2026, 11, 25)  # a Wednesday
FIT_EPOCH = datetime(1989, 12, 31, tzinfo=UTC)


def runs(*days_and_km: tuple[str, float]) -> tuple[LoggedRun, ...]:
    return tuple(LoggedRun(datetime.fromisoformat(f"{day}T07:00:00"), km) for day, km in days_and_km)


def read(paths: tuple[Path, ...], unit: str = "km") -> tuple[LoggedRun, ...]:
    return watch.read(paths, unit).runs


def fit_crc(data: bytes) -> int:
    table = (0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401,
             0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400)  # fmt: skip
    crc = 0
    for byte in data:
        for nibble in (byte & 0xF, byte >> 4):
            crc = (crc >> 4) & 0x0FFF ^ table[crc & 0xF] ^ table[nibble]
    return crc


def write_fit(
    path: Path, start: datetime, metres: float, sport: int = 1, utc_offset_h: float | None = None, seconds: float = 0.0
) -> Path:
    """The smallest activity file: one session (sport 1 is running), and the watch's local time if wanted."""
    second = int((start - FIT_EPOCH).total_seconds())
    body = struct.pack("<BBBHB", 0x40, 0, 0, 18, 4) + bytes((2, 4, 0x86, 9, 4, 0x86, 7, 4, 0x86, 5, 1, 0x00))
    body += struct.pack("<BIIIB", 0, second, round(100 * metres), round(1000 * seconds), sport)
    if utc_offset_h is not None:
        body += struct.pack("<BBBHB", 0x41, 0, 0, 34, 2) + bytes((253, 4, 0x86, 5, 4, 0x86))
        body += struct.pack("<BII", 1, second, second + round(3600 * utc_offset_h))
    head = struct.pack("<BBHI4s", 14, 16, 2100, len(body), b".FIT")
    head += struct.pack("<H", fit_crc(head))
    path.write_bytes(head + body + struct.pack("<H", fit_crc(head + body)))
    return path


def write_gpx(path: Path, start: datetime, degrees: float, kind: str = "<type>running</type>") -> Path:
    """A track due north along a meridian."""
    times = [(start + timedelta(minutes=3 * i)).isoformat() for i in range(11)]
    points = "".join(
        f'<trkpt lat="{50 + degrees * i / 10}" lon="10"><time>{time}</time></trkpt>' for i, time in enumerate(times)
    )
    path.write_text(
        '<?xml version="1.0"?><gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1">'
        f"<trk>{kind}<trkseg>{points}</trkseg></trk></gpx>",
        encoding="utf-8",
    )
    return path


def lap(start: datetime, metres: float | str | None, along: tuple[float, ...] = ()) -> str:
    """One lap of a TCX file: its own distance, if any, and what its track has covered."""
    own = "" if metres is None else f"<DistanceMeters>{metres}</DistanceMeters>"
    points = "".join(
        f"<Trackpoint><Time>{start.isoformat()}</Time><DistanceMeters>{metres}</DistanceMeters></Trackpoint>"
        for metres in along
    )
    return f'<Lap StartTime="{start.isoformat()}"><Intensity>Active</Intensity>{own}<Track>{points}</Track></Lap>'


def write_tcx(path: Path, *laps: str, sport: str = "Running", before: str = "") -> Path:
    """One activity, as Garmin Connect writes it."""
    path.write_text(
        f'{before}<?xml version="1.0" encoding="UTF-8"?>'
        '<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2" '
        'xmlns:ns3="http://www.garmin.com/xmlschemas/ActivityExtension/v2"><Activities>'
        f'<Activity Sport="{sport}"><Id>2026-11-20T12:00:00.000Z</Id>{"".join(laps)}'
        "<Creator><Name>Watch</Name></Creator></Activity></Activities></TrainingCenterDatabase>",
        encoding="utf-8",
    )
    return path


def test_only_runs_of_the_weeks_shown_stand_out() -> None:
    old = [(f"2023-{month:02}-{day:02}", 10.0) for month in (4, 5) for day in (1, 8, 15, 22)]
    log = runs(*old, ("2023-06-05", 30.0), *((f"2026-11-{day:02}", 10.0) for day in range(2, 20, 3)))
    weighed = load.weigh(log, date(2026, 11, 22))
    assert [str(spike.date) for spike in weighed.spikes] == ["2023-06-05"]
    assert "2023" not in pages.markdown(load.to_page(weighed))


def test_two_runs_of_one_day_in_a_table_of_days_are_two(tmp_path: Path) -> None:
    file = table(tmp_path, "Date,Distance (km)\n2026-11-18,5\n2026-11-18,6\n2026-11-20,8\n")
    assert [run.km for run in read((file,))] == [5, 6, 8]
    assert [run.km for run in read((file, file))] == [5, 6, 8]


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "activities.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("day", ["24.11.2026", "24.11.2026 18:05", "24.11.2026 18:05:30", "2026-11-24"])
def test_a_log_that_a_spreadsheet_saved_again_is_read(tmp_path: Path, day: str) -> None:
    (run,) = read((table(tmp_path, f"Date;Distance\n{day};5,2\n"),))
    assert (run.start.date(), run.km) == (date(2026, 11, 24), 5.2)


@pytest.mark.parametrize(("days", "means"), [
    (("11/5/2026", "11/20/2026 7:05:30 PM"), ("2026-11-05 00:00:00", "2026-11-20 19:05:30")),
    (("5/11/2026 07:05", "20/11/2026"), ("2026-11-05 07:05:00", "2026-11-20 00:00:00")),
    (("05-11-2026", "20-11-2026 19:05:30"), ("2026-11-05 00:00:00", "2026-11-20 19:05:30")),
    (("11/11/2026", "2026-11-20"), ("2026-11-11 00:00:00", "2026-11-20 00:00:00")),
])  # fmt: skip
def test_the_whole_file_shows_the_order_of_day_and_month(
    tmp_path: Path, days: tuple[str, str], means: tuple[str, str]
) -> None:
    """Also a line that counts as no run; what means one day in either order is clear by itself."""
    first, second = days
    found = read((table(tmp_path, f"Date,Distance\n{first},5\n{second},8\n"),))
    assert tuple(str(run.start) for run in found) == means
    (run,) = read((table(tmp_path, f"Date,Distance,Type\n{first},5,Run\n{second},30,Ride\n"),))
    assert str(run.start) == means[0]


def test_dates_whose_order_nothing_shows_or_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    for days, said in {
        ("11/5/2026", "11/11/2026"): 'line 2: "11/5/2026" is not a clear date; write it as 2026-11-20',
        ("13/13/2026", "11/20/2026"): 'line 2: "13/13/2026" is not a clear date',
        ("11/20/2026", "20/11/2026"): '"11/20/2026" has the month first and "20/11/2026" has the day first; write',
    }.items():
        with pytest.raises(UnreadableInputError) as refused:
            read((table(tmp_path, "\n".join(["Date,Distance", *(f"{day},5" for day in days)]) + "\n"),))
        assert said in str(refused.value)


def test_weeks_run_from_monday_to_sunday_and_empty_ones_count() -> None:
    weighed = load.weigh(runs(("2026-10-26", 10), ("2026-11-02", 8), ("2026-11-16", 6), ("2026-11-24", 4)), TODAY)
    assert [(str(w.monday), w.km, w.whole) for w in weighed.weeks] == [
        ("2026-10-26", 10, True), ("2026-11-02", 8, True), ("2026-11-09", 0, True), ("2026-11-16", 6, True),
        ("2026-11-23", 4, False),
    ]  # fmt: skip
    assert [w.change for w in weighed.weeks][:4] == [None, pytest.approx(-20), -100, None]
    assert "running again after time off" in pages.markdown(load.to_page(weighed))


def test_a_log_that_begins_within_a_week_says_nothing_of_that_week() -> None:
    """What was run before an export's first day is not known, so the week after it is no jump."""
    sundays = runs(*((f"2026-11-{day:02}", 8.0) for day in range(1, 20) if day % 7 in (1, 3, 5)))
    first, second, third = load.weigh(sundays, date(2026, 11, 16)).weeks[:3]
    assert [week.runs for week in (first, second)] == [1, 3]
    assert (first.whole, second.change) == (False, None)
    assert third.change is not None
    page = pages.markdown(load.to_page(load.weigh(runs(("2026-11-22", 8.0)), TODAY)))
    assert "2026-11-16 in part" in page
    assert "This week" not in page


def test_a_week_above_the_ten_per_cent_rule_is_told_with_the_weak_evidence() -> None:
    weighed = load.weigh(runs(("2026-11-02", 10), ("2026-11-10", 11), ("2026-11-17", 13)), TODAY)
    page = pages.markdown(load.to_page(weighed))
    assert "Week of 2026-11-16: 13.0 km, 18 % more" in page
    assert "Week of 2026-11-09" not in page  # exactly on the rule
    rule = guidance.load_rows().limits["ten_percent"]
    assert rule.says in page
    assert "Very low. A custom, not a law" in page
    assert "This week: up to 11.6 km in all" in page
    assert [week["over"] for week in load.to_json(weighed)["weeks"]] == [False, False, True, False]


@pytest.mark.parametrize(
    ("weeks", "usual"),
    [
        ((8, 8, 24), 8.0),
        ((8, 8.8, 24), 8.4),
        ((8, 24, 40), 8.0),  # nor on a jump before it
        ((1, 1, 8, 8, 8, 8, 24), 6.25),  # of the last four that did not jump
        ((20, 20, 10, 20), 50 / 3),  # an easy week before it
        ((40, 40, 10, 12), 12.0),  # never more than the last
        ((20, 20, 0, 3, 12), 3.0),  # a week off ends what is usual
        ((8, 0, 24), 8.0),  # after time off: a jump from what was before it
        ((20, 20, 20, 20, 0, 60), 20.0),
        ((20, 20, 0, 60, 60), 40.0),
        ((20, 0, 0, 18), 18.0),  # no further than before
        ((0, 24), 24.0),  # nothing is known before
        ((8, 24, 24), 16.0),  # nor once it was held for a week
        ((20, 40, 40), 30.0),
        ((20, 20, 40, 30), 70 / 3),
        ((20, 20, 40, 44, 48.4), 132.4 / 4),
        ((20, 20, 40, 20, 40, 40), 25.0),
        ((20, 20, 20, 40, 40, 40, 40), 35.0),
        ((20, 20, 20, 40, 40, 40, 40, 40), 40.0),  # until it was held for four
        ((20, 20, 40, 20), 20.0),  # which it was not
        ((20, 20, 10, 20, 20), 20.0),  # back from an easy week, to no new level
        ((20, 22, 24.2, 12, 24.2, 26.6, 29.2), 29.2),
        ((8, 8.8), 8.8),
    ],
)
def test_after_a_jump_this_week_goes_by_the_usual_weeks_before_it(weeks: tuple[float, ...], usual: float) -> None:
    mondays = [date(2026, 11, 23) - timedelta(7 * ago) for ago in range(len(weeks), 0, -1)]
    weighed = load.weigh(runs(*((str(day), km) for day, km in zip(mondays, weeks, strict=True) if km)), TODAY)
    assert (weighed.usual_km, weighed.this_week_km) == (pytest.approx(usual), pytest.approx(1.1 * usual))
    page = pages.markdown(load.to_page(weighed))
    said = "Last week was at the level of a jump, so this builds on the average of weeks that did not jump"
    assert (said in page) == (usual < weeks[-1])


def test_the_next_run_is_no_longer_than_the_week_may_be() -> None:
    log = (("2026-10-19", 8), ("2026-10-26", 8), ("2026-11-02", 8), ("2026-11-09", 8), ("2026-11-16", 24))
    for days, km in (((*log,), 8.8), ((*log[:-1], ("2026-11-16", 8), ("2026-11-17", 8)), 8.8), ((*log[:-1],), 8.8)):
        assert load.weigh(runs(*days), TODAY).next_run_km == pytest.approx(km)
    low = load.weigh(runs(("2026-10-19", 8), ("2026-11-02", 12.8), ("2026-11-09", 8), ("2026-11-16", 6.4)), TODAY)
    assert not low.after_jump
    assert (low.next_run_km, low.this_week_km) == (pytest.approx(7.04), pytest.approx(7.04))


WEEKS = tuple((f"2026-{day}", 5) for day in ("10-05", "10-08", "10-12", "10-15", "10-19", "10-22", "10-26", "10-29",
                                              "11-02", "11-05", "11-09", "11-12", "11-16", "11-19"))  # fmt: skip


@pytest.mark.parametrize(
    ("this_week", "km", "begin", "done"),
    [
        ((), 5.5, "2026-11-25", "."),
        ((("2026-11-23", 5),), 5.5, "2026-11-25", "; 5.0 km are done."),
        ((("2026-11-23", 5), ("2026-11-24", 4)), 2.0, "2026-11-25", "; 9.0 km are done."),
        ((("2026-11-23", 5), ("2026-11-24", 5.4)), 5.94, "2026-11-30", "; 10.4 km are done."),
        ((("2026-11-25", 10.5),), 5.5, "2026-11-30", "; 10.5 km are done."),
        ((("2026-11-25", 30),), 5.5, "2026-11-30", "; 30.0 km are done."),
    ],
)
def test_the_next_run_is_no_longer_than_what_is_left_of_the_week(
    this_week: tuple[tuple[str, float], ...], km: float, begin: str, done: str
) -> None:
    weighed = load.weigh(runs(*WEEKS, *this_week), TODAY)
    document, page = load.to_json(weighed), " ".join(pages.markdown(load.to_page(weighed)).split())
    schemas.validate(document)
    assert (document["next_run_km"], document["next_run_from"]) == (pytest.approx(km), begin)
    assert f"This week: up to 11.0 km in all, by the 10 % rule{done}" in page
    waits = "this week's distance is used up; from Monday, 2026-11-30, on "
    assert f"Next run: {waits if begin == '2026-11-30' else ''}up to {km:.1f} km" in page


@pytest.mark.parametrize(
    ("since", "km"),
    [
        ((("11-14", 10.5),), 5.5),  # flagged, and no base
        ((("11-14", 10.5), ("11-17", 10.5)), 5.5),  # nor when run once more
        ((("11-07", 7), ("11-14", 10.5)), 5.5),  # nor on a sudden run before it
        ((("11-14", 10.5), ("11-15", 5.4), ("11-18", 5.9)), 6.49),  # what grows by the rule is
        ((("11-14", 3), ("11-15", 5.4)), 5.94),
        ((("10-20", 10.5), ("11-10", 10.5), ("11-20", 10.5)), 11.55),  # flagged more than 30 days ago
        ((("10-26", 10.5), ("11-20", 10.5)), 11.55),
        ((("10-27", 10.5), ("11-20", 10.5)), 5.5),  # on the first of them
    ],
)
def test_the_next_run_does_not_build_on_a_sudden_long_one(since: tuple[tuple[str, float], ...], km: float) -> None:
    """Where the week holds no less."""
    often = [(f"{date(2026, 9, 1) + timedelta(n)}", 5.0) for n in range(82)]
    weighed = load.weigh(runs(*sorted((*often, *((f"2026-{day}", far) for day, far in since)))), TODAY)
    assert weighed.this_week_km is not None
    assert weighed.this_week_km > 12
    assert weighed.next_run_km == pytest.approx(km)


def test_a_sudden_long_run_is_told_only_where_the_log_reaches_back() -> None:
    log = runs(("2026-10-01", 9), ("2026-10-10", 20), ("2026-10-20", 10), ("2026-11-10", 10.9), ("2026-11-20", 13))
    weighed = load.weigh(log, TODAY)
    assert [(str(s.date), s.before_km) for s in weighed.spikes] == [("2026-11-20", 10.9)]
    assert weighed.next_run_km == pytest.approx(1.1 * 10.9)  # what the week may hold: its last one was a jump, too


@pytest.mark.parametrize(("first", "km"), [("2026-10-27", 11.0), ("2026-10-28", None)])
def test_how_far_the_next_run_may_go_is_said_only_where_the_log_has_the_days_before(
    first: str, km: float | None
) -> None:
    weighed = load.weigh(runs((first, 3), ("2026-11-20", 10)), TODAY)
    assert weighed.next_run_km == (None if km is None else pytest.approx(km))
    page = pages.markdown(load.to_page(weighed))
    assert ("known once the log has 30 days" in page) == (km is None)
    assert ("Next run: up to" in page) == (km is not None)


@pytest.mark.parametrize(("ago", "before"), [(29, 10.0), (30, 10.0), (31, 5.0)])
def test_a_run_is_sudden_by_the_longest_of_the_thirty_days_before_it(ago: int, before: float) -> None:
    """The thirtieth counts, for the run that is told as sudden and for the next one."""
    day = TODAY - timedelta(1)
    often = [(day - timedelta(n), 5.0) for n in range(60, 0, -3)]
    log = runs(*((str(when), km) for when, km in sorted([*often, (day - timedelta(ago), 10.0), (day, 12.0)])))
    last = load.weigh(log, TODAY).spikes[-1]
    assert (last.date, last.before_km) == (day, before)


def test_runs_after_today_change_nothing() -> None:
    """A watch may be set to another time zone, and a year be mistyped."""
    now = load.weigh(runs(*WEEKS), TODAY)
    assert load.weigh(runs(*WEEKS, ("2026-11-26", 30), ("2027-11-20", 9)), TODAY) == now


def test_a_week_that_is_not_over_is_compared_with_none() -> None:
    """Halfway through it, half the distance is no fall, nor are the days to come days off."""
    page = pages.markdown(load.to_page(load.weigh(runs(*WEEKS, ("2026-11-24", 4)), TODAY))).replace("\\", "")
    weeks = [[cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines() if "2026-11-" in line]
    assert ["2026-11-16", "10.0", "+0 %", "2", "5.0", "5"] in weeks
    assert ["2026-11-23 in part", "4.0", "", "1", "4.0", ""] in weeks


def test_distances_are_told_in_the_unit_asked_for_wherever_there_is_one() -> None:
    far = load.weigh(runs(*((day, 1.609344 * km) for day, km in (*WEEKS, ("2026-11-21", 8)))), TODAY)
    page = " ".join(pages.markdown(load.to_page(far, "mi")).replace("|", " ").replace("\\", "").split())
    assert "2026-11-16 18.0 +80 % 3 8.0" in page
    for said in ("18.0 mi, 80 % more", "Run of 2026-11-21: 8.0 mi", "(5.0 mi)", "Next run: up to 5.5 mi", "11.0 mi in"):
        assert said in page
    assert " km" not in page.partition("The rules")[0].partition("What stands out")[2]


def test_after_a_month_without_a_run_the_log_is_not_called_too_short() -> None:
    log = tuple(LoggedRun(datetime(2026, 11, 25, 7) - timedelta(days), 8) for days in range(119, 28, -3))
    for weighed, said in (
        (load.weigh(log[:-2], TODAY), "Next run: there was none in the last 30 days, so start short; formcheck return"),
        (load.weigh(log[:1], TODAY), "Next run: there was none in the last 30 days"),
        (load.weigh(log, TODAY), "Next run: up to 8.8 km"),
        (load.weigh(log[-1:], TODAY + timedelta(-1)), "known once the log has 30 days"),
    ):
        page = pages.markdown(load.to_page(weighed))
        assert said in page
        assert page.count("Next run: ") == 1


@pytest.mark.parametrize(
    ("day", "said"),
    [("20.11.2026", ""), ("2024-02-30", "is not a date; write it as 2026-11-24"), ("11/20/2026", "is not a date"),
     ("1969-12-31", "check the year"), ("2200-01-01", "check the year")],
)  # fmt: skip
def test_a_day_is_said_on_the_command_line_as_in_a_table(tmp_path: Path, day: str, said: str) -> None:
    result = run("load", table(tmp_path, "Date,Distance (km)\n20.11.2026,5\n21.11.2026,8\n"), "--today", day)
    if not said:
        assert "1 run\n" in result.stdout
    else:
        assert result.exit_code == 2
        assert f'"{day}"' in result.stderr
        assert said in result.stderr


def test_rest_days_are_counted_and_their_absence_is_told() -> None:
    every_day = runs(*((f"2026-11-{day}", 5) for day in range(16, 23)))
    weighed = load.weigh(every_day, TODAY)
    assert weighed.weeks[0].rest_days == 0
    page = pages.markdown(load.to_page(weighed))
    assert "no day without running" in page
    assert guidance.load_rows().limits["rest_days"].says in page


def test_the_shoe_and_surface_checklist_is_complete() -> None:
    result = run("load", "--markdown")
    assert result.exit_code == 0
    for check in guidance.load_rows().checks.values():
        assert check.says in result.stdout
    assert {"Shoes", "Surfaces"} == {check.topic for check in guidance.load_rows().checks.values()}


GARMIN = """Activity Type,Date,Title,Distance,Time
Running,2026-11-20 07:00:00,"Run, easy","8.20",00:50
Cycling,2026-11-19 07:00:00,Ride,30.0,1:00
Treadmill Running,2026-11-18 18:00:00,Mill,5.00,0:30
Running,2026-11-17 18:00:00,No GPS,--,0:30
"""
STRAVA = """Activity ID,Activity Date,Activity Name,Activity Type,Distance,Max Heart Rate,Distance
1,"Nov 20, 2026, 11:12:03 AM",Morning,Run,5.09,160,8200.0
2,"Nov 18, 2026, 12:12:03 PM",Evening,Trail Run,3.1,160,5000.0
"""
PLAIN = "date;km\n2026-11-20;8,2\n2026-11-18;5\n"
MILES = "\ufeffDay\tMiles\n2026-11-20\t5.0953\n2026-11-18\t3.1069\n"


@pytest.mark.parametrize("text", [GARMIN, STRAVA, PLAIN, MILES], ids=["garmin", "strava", "plain", "miles"])
def test_tables_of_watches_and_sites_are_read(tmp_path: Path, text: str) -> None:
    log = read((table(tmp_path, text),))
    assert [(run.start.date().isoformat(), round(run.km, 2)) for run in log] == [
        ("2026-11-18", 5.0),
        ("2026-11-20", 8.2),
    ]


SPORTS = {
    "cycling": ("Ride", "VirtualRide", "ebikeride", "Indoor Cycling", "MTB", "Radfahren", "Vélo", "サイクリング",
                "Велосипед", "Велопрогулка", "прогулка на велосипеде", "лёгкий велозаезд", "자전거", "사이클 인터벌"),
    "swimming": ("Pool Swim", "OPEN_WATER_SWIMMING", "Schwimmen", "natation", "Плавание", "수영"),
    "walking": ("Walk", "Nordic Walking", "spazieren", "wandelen", "Ходьба", "скандинавская ходьба", "걷기"),
    "hiking": ("Hike", "Wandern", "RANDONNÉE", "Поход", "등산"),
    "strength": ("WeightTraining", "HKWorkoutActivityTypeTraditionalStrengthTraining", "Krafttraining", "gym",
                 "Силовая тренировка", "근력 운동"),
    "gym and classes": ("Elliptical", "cross-training", "Cross Trainer", "Yoga", "HighIntensityIntervalTraining"),
    "skiing": ("NordicSki", "CROSS-COUNTRY_SKIING", "Skilanglauf", "Langlauf", "Беговые лыжи", "스키"),
    "rowing and paddling": ("Indoor Rowing", "StandUpPaddling", "Kajak"),
    "multisport": ("Triathlon", "Multisport", "Multi-Sport", "Multi Sport", "MULTI_SPORT", "Триатлон", "철인3종"),
    "other": ("Other", "Sonstiges", "Workout", "workout", "기타"),
    "running": ("Run", "TrailRun", "VIRTUAL_RUN", "Treadmill Running", "parkrun", "jog", "Jogging", "Dauerlauf",
                "Läufe", "Run/Walk", "Course à pied", "CROSS_COUNTRY_RUNNING", "run with strides",
                "Бег", "Пробежка", "беговая дорожка", "лёгкий бег", "Трейлраннинг", "Лёгкая", "Темп", "марафон",
                "달리기", "트레일 러닝", "조깅", "인터벌", "ジョギング", "トレイルラン", "マラソン"),
    "": ("easy", "tempo", "Intervals", "interval training", "race", "long", "Strides", "skipping drills", "fartlek",
         "surface: road", "progression", "aerobic", "hill climb", "tempo workout", "track workout", ""),
}  # fmt: skip


@pytest.mark.parametrize(("sport", "said"), [(sport, said) for sport, names in SPORTS.items() for said in names])
def test_a_type_names_a_sport_or_is_somebodys_word_for_a_run(sport: str, said: str) -> None:
    assert sports.named(said) == sport


STRAVA_SPORTS = """
AlpineSki BackcountrySki Badminton Canoeing Crossfit EBikeRide Elliptical EMountainBikeRide Golf GravelRide
Handcycle HighIntensityIntervalTraining Hike IceSkate InlineSkate Kayaking Kitesurf MountainBikeRide NordicSki
Pickleball Pilates Racquetball Ride RockClimbing RollerSki Rowing Sail Skateboard Snowboard Snowshoe Soccer Squash
StairStepper StandUpPaddling Surfing Swim TableTennis Tennis Velomobile VirtualRide VirtualRow Walk WeightTraining
Wheelchair Windsurf Workout Yoga
"""


def test_what_sites_call_other_sports_is_no_run() -> None:
    """Strava's sport types, and those of FIT files."""
    (fit,) = (kind.enum for kind in FIELD_TYPES.values() if kind.name == "sport")
    theirs = set(fit.values()) - {"running", "all", "training", "tactical", "jumpmaster"}
    for said in (*STRAVA_SPORTS.split(), *STRAVA_SPORTS.lower().split(), *theirs):
        assert sports.named(said) not in ("", sports.RUNNING), said


def test_runs_count_whatever_they_are_called_and_what_is_left_out_is_told(tmp_path: Path) -> None:
    said = ("long run", "tempo", "intervals", "easy", "easy run", "tempo", "Ride", "Ride", "Hike", "run")
    lines = "".join(f"2026-11-{16 + i // 2},{kind},{9 if kind != 'run' else '--'}\n" for i, kind in enumerate(said))
    file = table(tmp_path, f"Date,Type,Distance (km)\n{lines}")
    document = json.loads(run("load", file, "--today", "2026-11-25", "--json").stdout)
    schemas.validate(document)
    assert sum(week["km"] for week in document["weeks"]) == 6 * 9
    left_out = {kind["what"]: kind["count"] for kind in document["left_out"]}
    assert left_out == {"cycling": 2, "hiking": 1, "without a distance": 1}
    assert document["counted_as_runs"] == [
        {"what": "tempo", "count": 2}, {"what": "intervals", "count": 1}, {"what": "easy", "count": 1},
    ]  # fmt: skip
    shown = " ".join(run("load", file, "--today", "2026-11-25").stdout.split())
    assert "Left out: cycling (2), hiking (1), without a distance (1)." in shown
    assert 'Counted, since these words name no sport known here: "tempo" (2), "intervals" (1), "easy" (1).' in shown
    assert "What counts" not in run("load", table(tmp_path, MILES), "--today", "2026-11-25").stdout
    rides = run("load", table(tmp_path, "Date,Type,Distance\n2026-11-20,Ride,30\n"), "--today", "2026-11-25")
    assert (rides.exit_code, "no run up to 2026-11-25 in it, but cycling (1)" in one_line(rides.stderr)) == (3, True)


def test_a_title_for_every_run_does_not_fill_the_screen(tmp_path: Path) -> None:
    lines = "".join(f"2026-11-{i + 10},morning {i},5\n" for i in range(10))
    shown = run("load", table(tmp_path, f"Date,Activity,Distance\n{lines}"), "--today", "2026-11-25", "--markdown")
    assert '"morning 5" (1), and 4 more.' in shown.stdout
    slow = sports.named("lauf" * 100_000 + "x")
    assert slow == "running"


@pytest.mark.parametrize("said", ["ποδήλατο", "Біг", "วิ่ง", "צעידה", "тренировка 3"])
def test_words_of_a_language_that_is_not_known_here_are_not_known_to_be_a_run(tmp_path: Path, said: str) -> None:
    """But told, as they are written."""
    file = table(tmp_path, f"Date,Type,Distance\n2026-11-20,{said},40\n2026-11-21,easy,5\n")
    log = watch.read((file,))
    assert ([run.km for run in log.runs], log.left_out) == ([5], {f'"{said}"': 1})
    document = json.loads(run("load", file, "--today", "2026-11-25", "--json").stdout)
    schemas.validate(document)
    assert document["left_out"] == [{"what": f'"{said}"', "count": 1}]
    assert f'Left out: "{said}" (1).' in run("load", file, "--today", "2026-11-25", "--markdown").stdout


def test_a_ride_in_several_files_is_left_out_once(tmp_path: Path) -> None:
    lines = "".join(f"Cycling,{day},30\n" for day in ("2026-11-20", "2026-11-20", "soon", "2026-11-21 07:00:00"))
    one = table(tmp_path, f"Type,Date,Distance\n{lines}Running,2026-11-22,--\nHike,2026-11-20,1\n")
    other = tmp_path / "copy.csv"
    other.write_bytes(one.read_bytes())
    for files in ((one,), (one, other), (one, other, one)):
        assert watch.read(files).left_out == {"cycling": 4, "without a distance": 1, "hiking": 1}
    began = NOON.astimezone().replace(tzinfo=None)
    same = [
        table(tmp_path, f"Type,Date,Distance\nRide,{began},30\n"),
        write_fit(tmp_path / "a.fit", NOON, 30_000, sport=2),
        write_gpx(tmp_path / "a.gpx", NOON, 0.3, "<type>cycling</type>"),
        write_tcx(tmp_path / "a.tcx", lap(NOON, 30_000), sport="Biking"),
    ]
    back = write_fit(tmp_path / "back.fit", NOON + timedelta(hours=9), 30_000, sport=2)
    assert watch.read((*same, back)).left_out == {"cycling": 2}
    still = [write_fit(tmp_path / "b.fit", NOON, 0), write_tcx(tmp_path / "b.tcx", lap(NOON, 0))]
    assert watch.read((*still,)).left_out == {"without a distance": 1}


@pytest.mark.parametrize("start", ["", "today", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"])
def test_of_what_is_left_out_nothing_else_has_to_be_understood(tmp_path: Path, start: str) -> None:
    ride = f'<T><Activity Sport="Biking"><Id>{start}</Id></Activity><Activity Sport="Biking"><Id>x</Id></Activity></T>'
    (tmp_path / "a.tcx").write_text(ride, encoding="utf-8")
    track = '<gpx version="1.1" creator="t"><trk><type>cycling</type><trkseg/></trk></gpx>'
    (tmp_path / "a.gpx").write_text(track, encoding="utf-8")
    file = table(tmp_path, f"Type,Date,Distance\nRide,{start},far\n")
    for kept, count in ((file, 1), (tmp_path / "a.tcx", 2), (tmp_path / "a.gpx", 1)):
        assert watch.read((kept,)).left_out == {"cycling": count}


@pytest.mark.parametrize(
    ("kind", "counts"),
    [("jogging", True), ("running", True), ("trail_running", True), ("9", True), ("easy", True),
     ("1", False), ("cycling", False), ("Nordic Walking", False)],
)  # fmt: skip
def test_a_track_is_left_out_only_as_another_sport(tmp_path: Path, kind: str, counts: bool) -> None:
    gpx = watch.read((write_gpx(tmp_path / "a.gpx", NOON, 0.09, f"<type>{kind}</type>"),))
    assert (len(gpx.runs), sum(gpx.left_out.values())) == (int(counts), int(not counts))
    tcx = watch.read((write_tcx(tmp_path / "a.tcx", lap(NOON, 5000), sport=kind),))
    assert len(tcx.runs) == int(counts or kind == "1")  # a number means something in Strava's tracks alone


def test_a_fit_file_names_its_sport_whichever_it_is(tmp_path: Path) -> None:
    kinds = enumerate((2, 10, 0, 200, 255))
    files = [write_fit(tmp_path / f"{sport}.fit", NOON + timedelta(hours=i), 5000, sport) for i, sport in kinds]
    log = watch.read(tuple(files))
    assert (len(log.runs), log.left_out) == (1, {"cycling": 1, "other": 3})  # 255: none is named


def test_a_distance_column_without_unit_is_in_the_unit_that_is_said(tmp_path: Path) -> None:
    file = table(tmp_path, "Date,Distance\n2026-11-20,5\n2026-10-20,3\n")
    assert read((file,), "mi")[1].km == pytest.approx(8.047, abs=0.001)
    assert "Next run: up to 5.5 mi" in run("load", file, "--unit", "mi", "--today", "2026-11-25", "--markdown").stdout


def test_a_fit_file_is_read_by_the_watchs_own_clock(tmp_path: Path) -> None:
    late = datetime(2026, 11, 19, 22, 30, tzinfo=UTC)
    file = write_fit(tmp_path / "a.fit", late, 8200, utc_offset_h=2)
    assert read((file,)) == (LoggedRun(datetime(2026, 11, 20, 0, 30), 8.2),)
    ride = write_fit(tmp_path / "ride.FIT", late, 30000, sport=2)
    plain = write_fit(tmp_path / "b.fit", datetime(2026, 11, 21, 12, tzinfo=UTC), 5000)
    assert [run.km for run in read((file, ride, plain))] == [8.2, 5.0]


def test_a_run_is_one_run_whatever_clock_its_files_go_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
        file = write_gpx(tmp_path / "a.gpx", late, 0.09)
        for text in ("2026-11-20T23:30:00Z", "2026-11-20T18:30:00-05:00", "2026-11-21 00:30:00"):
            assert read((file, table(tmp_path, f"Date,Distance (km)\n{text},10.0\n"))) == read((file,)), text
        (run,) = read((table(tmp_path, "start_date_local,distance_km\n2026-11-21T00:30:00Z,10.0\n"),))
        assert run.start == datetime(2026, 11, 21, 0, 30)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_stravas_bulk_export_is_in_utc_without_saying_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        head = "Activity Date,Activity Type,Distance (km)\n"
        (monday,) = read((table(tmp_path, head + '"Nov 23, 2026, 2:30:00 AM",Run,10\n'),))
        assert monday.start == datetime(2026, 11, 22, 21, 30)
        (day,) = read((table(tmp_path, head + '"Nov 23, 2026",Run,10\n'),))
        assert day.start.date() == date(2026, 11, 23)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_gpx_file_is_measured_along_its_track(tmp_path: Path) -> None:
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    log = read(
        (write_gpx(tmp_path / "a.gpx", noon, 0.09), write_gpx(tmp_path / "b.gpx", noon, 0.5, "<type>cycling</type>"))
    )
    assert [round(run.km, 1) for run in log] == [10.0]
    assert log[0].start == noon.astimezone().replace(tzinfo=None)


NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_a_tcx_file_is_as_long_as_its_laps(tmp_path: Path) -> None:
    laps = (lap(NOON, 5000.0, (0, 5000)), lap(NOON + timedelta(minutes=30), "3200", (5000, 8200)))
    log = read((write_tcx(tmp_path / "a.tcx", *laps), write_tcx(tmp_path / "ride.TCX", *laps, sport="Biking")))
    assert log == (LoggedRun(NOON.astimezone().replace(tzinfo=None), 8.2),)


@pytest.mark.parametrize(
    ("laps", "km"),
    [
        ((lap(NOON, None, (40_000, 40_900, 42_500)),), [2.5]),  # the track goes on counting from the previous sport
        ((lap(NOON, 5000), lap(NOON, None)), [5.0]),  # a pause
        ((lap(NOON, None), lap(NOON, 0)), []),
        ((), []),
    ],
    ids=["along the track", "pause", "no distance", "no laps"],
)
def test_a_lap_without_distance_is_measured_along_its_track(
    tmp_path: Path, laps: tuple[str, ...], km: list[float]
) -> None:
    assert [run.km for run in read((write_tcx(tmp_path / "a.tcx", *laps),))] == km


def test_a_tcx_file_may_begin_with_spaces_and_hold_several_sports(tmp_path: Path) -> None:
    file = write_tcx(tmp_path / "a.tcx", lap(NOON, 5000), before=" \n         ")
    text = file.read_text(encoding="utf-8")
    ride = f'</Activity><Activity Sport="Biking"><Id>x</Id>{lap(NOON, 40_000)}'
    session = text.replace("<Activities>", "<Activities><MultiSportSession><NextSport>").replace(
        "</Activity></Activities>", f"{ride}</Activity></NextSport></MultiSportSession></Activities>"
    )
    file.write_text(session, encoding="utf-8")
    assert [run.km for run in read((file,))] == [5.0]


def test_a_tcx_file_that_swells_is_refused(tmp_path: Path) -> None:
    file = write_tcx(tmp_path / "a.tcx", lap(NOON, "&b;"))
    entities = '<!DOCTYPE x [<!ENTITY a "1111111111"><!ENTITY b "&a;&a;&a;">]><TrainingCenterDatabase'
    file.write_text(file.read_text(encoding="utf-8").replace("<TrainingCenterDatabase", entities, 1), encoding="utf-8")
    with pytest.raises(UnreadableInputError, match=r"a\.tcx: not a TCX file"):
        read((file,))


@pytest.mark.parametrize("damage", ["5000m", "", "nan", "-5", "1e300", "5_000"])
def test_a_tcx_file_with_an_odd_distance_is_refused(tmp_path: Path, damage: str) -> None:
    with pytest.raises(UnreadableInputError, match=r"a\.tcx"):
        read((write_tcx(tmp_path / "a.tcx", lap(NOON, damage)),))


def test_a_run_in_no_year_a_calendar_knows_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    year_one = datetime(1, 1, 1, tzinfo=UTC)
    for file in (write_gpx(tmp_path / "a.gpx", year_one, 0.09), write_tcx(tmp_path / "a.tcx", lap(year_one, 5000))):
        with pytest.raises(UnreadableInputError, match="year 1"):
            read((file,))
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "iso-8859-1", "windows-1252", "utf-16"])
def test_a_gpx_file_is_read_in_the_encoding_that_it_declares(tmp_path: Path, encoding: str) -> None:
    file = write_gpx(tmp_path / "a.gpx", NOON, 0.09, "<name>Läufe &amp; Wege</name><type>running</type>")
    known = read((file,))
    text = file.read_text("utf-8").replace('"1.0"?>', f'"1.0" encoding="{encoding.removesuffix("-sig")}"?>')
    file.write_bytes(text.encode(encoding))
    assert read((file,)) == known
    file.write_text(text, encoding="utf-8")  # as some programs do that declare another
    assert read((file,)) == known
    file.write_bytes(text.replace(encoding.removesuffix("-sig"), "utf-8").encode("iso-8859-1"))
    with pytest.raises(UnreadableInputError, match="not a GPX file"):
        read((file,))


@pytest.mark.parametrize("bare", [slice(0, 1), slice(1, None), slice(10, None)])
def test_times_of_a_gpx_file_that_tell_no_zone_are_of_that_which_others_tell(tmp_path: Path, bare: slice) -> None:
    file = write_gpx(tmp_path / "a.gpx", NOON, 0.09)
    (known,) = read((file,))
    assert known.lasted == timedelta(minutes=30)
    parts = file.read_text("utf-8").split("</time>")
    parts[bare] = [part.removesuffix("+00:00") for part in parts[bare]]
    file.write_text("</time>".join(parts), encoding="utf-8")
    assert read((file,)) == (known,)


def test_a_gpx_file_with_a_place_that_is_none_is_refused(tmp_path: Path) -> None:
    file = write_gpx(tmp_path / "a.gpx", NOON, 0.09)
    file.write_text(file.read_text(encoding="utf-8").replace('lat="50.0"', 'lat="nan"'), encoding="utf-8")
    with pytest.raises(UnreadableInputError, match=r"a\.gpx"):
        read((file,))


def test_the_same_run_in_two_files_counts_once(tmp_path: Path) -> None:
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    files = (
        write_fit(tmp_path / "a.fit", noon, 10000),
        write_gpx(tmp_path / "a.gpx", noon, 0.09),
        write_tcx(tmp_path / "a.tcx", lap(noon, 10000)),
    )
    assert len(read(files)) == 1


def test_parts_of_a_run_beside_the_whole_of_it_count_once(tmp_path: Path) -> None:
    """Slower than anybody could: how long it lasted is in the file."""
    half_hour = timedelta(minutes=30)
    parts = [
        lap(NOON + i * half_hour, 5000).replace("<Intensity>", "<TotalTimeSeconds>1801</TotalTimeSeconds><Intensity>")
        for i in (0, 1)
    ]
    whole, *halves = (write_tcx(tmp_path / f"{i}.tcx", *laps) for i, laps in enumerate((parts, parts[:1], parts[1:])))
    gpx = write_gpx(tmp_path / "late.gpx", NOON + timedelta(minutes=40), 0.02)
    fit = write_fit(tmp_path / "a.fit", NOON, 10_000, seconds=3600)
    for files in ((whole, *halves), (*halves, whole), (fit, *halves, gpx), (whole, gpx), (gpx, whole)):
        assert sum(run.km for run in read(files)) == pytest.approx(2.2 if files[0] == gpx else 10, abs=0.1)
    left_running = write_fit(tmp_path / "b.fit", NOON, 10_000, seconds=6 * 3600)
    evening = write_fit(tmp_path / "c.fit", NOON + timedelta(hours=5), 5_000, seconds=1800)
    assert [run.km for run in read((left_running, evening))] == [10, 5]


def exports(folder: Path, *logs: str) -> tuple[Path, ...]:
    """Tables of runs as different sites write them."""
    for i, lines in enumerate(logs):
        (folder / f"{i}.csv").write_text(f"Date,Distance (km)\n{lines}\n", encoding="utf-8")
    return tuple(folder / f"{i}.csv" for i in range(len(logs)))


@pytest.mark.parametrize(
    ("one", "other", "km"),
    [
        ("2026-11-20 07:00:00,10.02", "2026-11-20 07:00:03,10.0", [10.02]),
        ("2026-11-20 07:00:00,10.0", "2026-11-20 07:15:00,8.0", [10.0]),  # begun late
        ("2026-11-20 07:15:00,8.0", "2026-11-20 07:00:00,10.0", [8.0]),
        ("2026-11-20 23:58:00,10.0", "2026-11-21 00:01:00,10.0", [10.0]),
        ("2026-11-20 07:00:00,0.6", "2026-11-20 07:04:00,10.0", [0.6, 10.0]),  # warmed up first
        ("2026-11-20 07:00:00,5.0", "2026-11-20 18:00:00,5.0", [5.0, 5.0]),
        ("2026-11-20 07:00:00,10.02", "2026-11-20,10.0", [10.02]),
        ("2026-11-20 07:00:00,10.0", "2026-11-20,5.0", [5.0, 10.0]),
        ("2026-11-20 07:00:00,10.0", "2026-11-20,9.5", [10.0]),  # as far apart as two devices may be
        ("2026-11-20 07:00:00,10.0", "2026-11-20,9.4", [9.4, 10.0]),
        ("2026-11-20 07:00:00,10.0", "2026-11-21,10.0", [10.0, 10.0]),
        ("2026-11-20,5.0", "2026-11-20,5.0\n2026-11-20,6.0", [5.0, 6.0]),
    ],
)
def test_runs_of_two_files_that_cannot_both_have_been_are_one(
    tmp_path: Path, one: str, other: str, km: list[float]
) -> None:
    assert [run.km for run in read(exports(tmp_path, one, other))] == km


def test_a_day_of_too_many_runs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInputError, match=r"more than 50 runs on 2026-11-20; check its dates"):
        read(exports(tmp_path, "\n".join(["2026-11-20,1"] * 51)))


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        ("a.csv", b"", "Date"),
        ("a.csv", b"name,size\n1,2\n", "Date"),
        ("a.csv", b"Date,Distance\n05/10/2026,8\n", "line 2"),
        ("a.csv", b"Date,Distance\n2026-11-20,eight\n", "line 2"),
        ("a.csv", b'Date,Distance\n2026-11-20,"5,024"\n', "two ways"),
        ("a.csv", b"Date,Distance\n2026-11-20,8200\n", "--unit"),
        ("a.csv", b"Date,Title,Distance\n2026-11-20\n", "fewer cells"),
        ("a.csv", b"\xff\xfe\x00\x01", "UTF-8"),
        ("a.csv", b'Date,Distance\n2026-11-20,"8.2\n2026-11-18,5.0\n', "line 2"),
        ("a.csv", b"Date,Distance\n2026-11-20,8\r9\n", "not a table"),
        ("a.fit", b"", "FIT"),
        ("a.fit", b"not a fit file at all, but long enough to be one", "FIT"),
        ("a.gpx", b"", "GPX"),
        ("a.gpx", b"<gpx><trk>", "GPX"),
        ("a.gpx", b"<gpx>" + 100_000 * b"<trk>" + 100_000 * b"</trk>" + b"</gpx>", "GPX"),
        ("a.gpx", b'<gpx version="1.1" creator="t"><trk><trkseg/></trk></gpx>', "no times"),
        ("a.tcx", b"", "TCX"),
        ("a.tcx", b"not XML", "TCX"),
        ("a.tcx", b"<TrainingCenterDatabase><Activities><Activity", "TCX"),
        ("a.tcx", b'<?xml version="1.0" encoding="odd"?><TrainingCenterDatabase/>', "TCX"),
        ("a.tcx", b"<TrainingCenterDatabase><Courses/></TrainingCenterDatabase>", "without an activity"),
        ("a.tcx", b'<T><Activity Sport="Running"><Id>today</Id></Activity></T>', "TCX"),
        ("a.pwx", b"", ".tcx"),
        ("a.csv", b"Date,Distance\n2027-01-01,8\n", "no run"),
    ],
)
def test_a_log_that_cannot_be_read_exits_3_with_one_line(tmp_path: Path, name: str, content: bytes, named: str) -> None:
    (tmp_path / name).write_bytes(content)
    result = run("load", tmp_path / name, "--today", "2026-11-25")
    assert result.exit_code == 3, result.output
    assert named in one_line(result.stderr)
    assert name in result.stderr
    assert result.stdout == ""


def test_a_damaged_fit_file_is_refused(tmp_path: Path) -> None:
    file = write_fit(tmp_path / "a.fit", datetime(2026, 11, 20, tzinfo=UTC), 8200)
    whole = file.read_bytes()
    for cut in (whole[:-4], whole[:20] + b"\x00" + whole[21:]):
        file.write_bytes(cut)
        with pytest.raises(UnreadableInputError, match=r"a\.fit"):
            read((file,))


def test_a_log_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInputError, match=r"nowhere\.gpx"):
        read((tmp_path / "nowhere.gpx",))


def test_json_is_all_there_is_on_stdout(tmp_path: Path) -> None:
    result = run("load", table(tmp_path, GARMIN), "--today", "2026-11-25", "--json")
    document = json.loads(result.stdout)
    assert [week["km"] for week in document["weeks"]] == [13.2, 0.0]
    assert (document["next_run_km"], document["this_week_km"]) == (None, None)  # of a log of a week
