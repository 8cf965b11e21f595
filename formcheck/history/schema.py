"""The tables of the history, as the migrations create them one after another.

A released one is never edited, not even its spaces: ``store`` compares the tables of a backup with these to the letter.
Paths are text as returned by ``outgoing.readable``, days and times ISO 8601 in local time, but ``stored`` in
UTC (earlier versions: local time), NULL where nothing is known.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

FIRST = (
    """
    CREATE TABLE athlete (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,         -- as it was first written
        folded TEXT NOT NULL UNIQUE -- what tells athletes apart: neither case nor Unicode's normal form
    ) STRICT
    """,
    """
    CREATE TABLE clip (
        id INTEGER PRIMARY KEY,
        athlete INTEGER NOT NULL REFERENCES athlete ON DELETE CASCADE,
        content TEXT NOT NULL,      -- SHA-256 of the video
        start_s REAL NOT NULL,
        end_s REAL,
        filmed TEXT NOT NULL,
        stored TEXT NOT NULL,
        session TEXT NOT NULL,
        note TEXT NOT NULL,
        shoes TEXT NOT NULL,
        speed_kmh REAL,             -- as it was said, not as it was read from the feet
        view TEXT NOT NULL,
        facing TEXT NOT NULL,
        activity TEXT NOT NULL,
        surface TEXT NOT NULL,
        model TEXT NOT NULL,
        formcheck TEXT NOT NULL,
        video TEXT NOT NULL,
        folder TEXT NOT NULL,
        verdict TEXT NOT NULL,
        filming TEXT NOT NULL       -- JSON: what report.json says of video, view and settings
    ) STRICT
    """,
    "CREATE UNIQUE INDEX clip_part ON clip (athlete, content, start_s, ifnull(end_s, -1))",
    """
    CREATE TABLE measurement (
        clip INTEGER NOT NULL REFERENCES clip ON DELETE CASCADE,
        metric TEXT NOT NULL,
        label TEXT NOT NULL,
        unit TEXT NOT NULL,
        value REAL,
        low REAL,
        high REAL,
        spread REAL,
        n INTEGER NOT NULL,
        clip_sd REAL NOT NULL,
        sampling REAL NOT NULL,
        missing TEXT,
        PRIMARY KEY (clip, metric)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE finding (
        clip INTEGER NOT NULL REFERENCES clip ON DELETE CASCADE,
        place INTEGER NOT NULL,     -- 0 is the strongest
        fault TEXT NOT NULL,
        label TEXT NOT NULL,
        level TEXT NOT NULL,
        metric TEXT NOT NULL,
        PRIMARY KEY (clip, place)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE diary (
        id INTEGER PRIMARY KEY,
        athlete INTEGER NOT NULL REFERENCES athlete ON DELETE CASCADE,
        day TEXT NOT NULL,
        soreness INTEGER NOT NULL CHECK (soreness BETWEEN 0 AND 10),
        "where" TEXT NOT NULL,      -- keys of answers of triage.toml, with spaces between them
        "when" TEXT NOT NULL,       -- likewise
        minutes INTEGER,
        km REAL,
        shoes TEXT NOT NULL,
        surface TEXT NOT NULL,
        note TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX diary_of ON diary (athlete, day)",
)

SECOND = (
    """
    CREATE TABLE page (             -- what was written of an athlete outside of the folders of clips
        athlete INTEGER NOT NULL REFERENCES athlete ON DELETE CASCADE,
        path TEXT NOT NULL,
        PRIMARY KEY (athlete, path)
    ) STRICT, WITHOUT ROWID
    """,
)

THIRD = (
    """
    CREATE TABLE place (            -- where the results of a clip are, also those of before it was analysed again
        athlete INTEGER NOT NULL REFERENCES athlete ON DELETE CASCADE,
        folder TEXT NOT NULL,
        video TEXT NOT NULL,        -- which the report there is to be on
        PRIMARY KEY (athlete, folder, video)
    ) STRICT, WITHOUT ROWID
    """,
    "INSERT INTO place SELECT DISTINCT athlete, folder, video FROM clip",
    "ALTER TABLE page ADD COLUMN mark TEXT NOT NULL DEFAULT ''",  # as written.wrote says
)

FOURTH = ("ALTER TABLE diary ADD COLUMN cleared TEXT",)  # a sign to stop: the day on which running was allowed again

FIFTH = ("ALTER TABLE diary ADD COLUMN feel TEXT NOT NULL DEFAULT ''",)  # keys of answers, as where

SIXTH = (
    """
    CREATE TABLE alias (            -- names that were merged into an athlete's
        folded TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        athlete INTEGER NOT NULL REFERENCES athlete ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE called (           -- by which names an athlete's results were kept; none from before this migration
        athlete INTEGER NOT NULL REFERENCES athlete ON DELETE CASCADE,
        folder TEXT NOT NULL,
        folded TEXT NOT NULL,
        PRIMARY KEY (athlete, folder, folded)
    ) STRICT, WITHOUT ROWID
    """,
    "ALTER TABLE clip ADD COLUMN dated TEXT NOT NULL DEFAULT ''",  # the day that was said, '' for none
    "UPDATE clip SET dated = date(filmed) WHERE time(filmed) = '00:00:00'",  # no file has that time, but by chance
)

MIGRATIONS = Migrations("formcheck")


def _register(name: str, statements: tuple[str, ...]) -> None:
    """name: by which a file remembers that it has seen this one."""

    @MIGRATIONS(name=name)
    def apply(db: Database) -> None:
        for statement in statements:
            db.conn.execute(statement)


_register("first", FIRST)
_register("pages", SECOND)
_register("places", THIRD)
_register("clearances", FOURTH)
_register("feelings", FIFTH)
_register("aliases", SIXTH)
