"""Histories with known content, made without posing any clip."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

import builders
from formcheck.batch.jobs import Job
from formcheck.history import people, records, store
from formcheck.history.people import Athlete
from formcheck.history.records import Entry
from formcheck.report import to_json

FIRST = date(2026, 8, 1)
posix = pytest.mark.skipif(os.name == "nt", reason="Windows keeps permissions, signals and locks another way")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for the test's own history."""
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    yield tmp_path / "data"
    if store.file().exists() and store.file().stat().st_size % 512 == 0:
        with closing(sqlite3.connect(store.file())) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def clip(folder: Path, name: str, number: int = 0, every_days: int = 14, **values: float) -> Job:
    """A clip as if analysed: its job says where its results would be, and it is in the history."""
    video, said = folder / f"{number}.mp4", f"clip {number}"
    video.parent.mkdir(parents=True, exist_ok=True)
    video.write_text(said, encoding="utf-8")
    day = FIRST + timedelta(every_days * number)
    job = Job(video, folder / "out", str(number), {"model": "heavy"}, athlete=name, date=day.isoformat())
    store_clip(job, **values)
    return job


def store_clip(job: Job, **values: float) -> None:
    made = builders.report(
        *(builders.measured(metric, value) for metric, value in values.items()), trial=builders.trial(path=job.video)
    )
    made = replace(made, options=job.options)
    with store.writing() as db:
        records.keep(db, job, records.about(job, job.parent / job.name, to_json(made)), to_json(made))


def sore(name: str, *soreness: int, every_days: int = 14) -> None:
    """Diary entries, the first a day after the first clip."""
    with store.writing() as db:
        one = people.made(db, name)
        for i, how in enumerate(soreness):
            day = FIRST + timedelta(every_days * i + 1)
            records.log(
                db, one, Entry(day, how, *((("lower",), ("late",)) if how else ()), feel=("dull",) if how else ())
            )


def athlete(name: str) -> Athlete:
    with store.reading() as db:
        return people.find(db, name)
