"""A table of sales in SQLite: made on the fly, and read in batches that fit in a packet or two."""

import contextlib
import fcntl
import sqlite3
from collections.abc import Generator, Iterator
from pathlib import Path

COLUMNS = ("id", "city", "price", "sold")
Row = tuple[int, str, float, str]

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS sale (id INTEGER PRIMARY KEY, city TEXT, price REAL, sold TEXT)"
)
# One statement makes the rows that are missing; the numbers only look random.
_GROW = """
WITH RECURSIVE number(n) AS (
    SELECT :have + 1 WHERE :have < :want UNION ALL SELECT n + 1 FROM number WHERE n < :want
)
INSERT INTO sale
SELECT n,
       substr('Lisbon NairobiOsaka  Quito  Riga   ', 1 + 7 * (n % 5), 7),
       40 + (n * 7919 % 16000) / 100.0,
       date('2026-01-01', (n % 365) || ' days')
FROM number
"""


def sales(database: Path, rows: int, batch: int = 500) -> Generator[list[Row], None, None]:
    """Yield the first `rows` sales in batches, never more of them in memory than one.

    It blocks, on the disk and on other writers: run it in a thread.
    """
    with _connected(database) as connection:
        with _alone(database):
            _grow(connection, rows)
        cursor = connection.execute(
            "SELECT id, rtrim(city), price, sold FROM sale ORDER BY id LIMIT ?", (rows,)
        )
        while found := cursor.fetchmany(batch):
            yield found


@contextlib.contextmanager
def _connected(database: Path) -> Iterator[sqlite3.Connection]:
    # `isolation_level=None` leaves transactions to the statements below.
    connection = sqlite3.connect(database, timeout=60, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


@contextlib.contextmanager
def _alone(database: Path) -> Iterator[None]:
    """Hold back all other threads and processes of this machine that come here.

    SQLite's own locks do not: a change to WAL fails where another connection is at it, instead of
    waiting as all else does.
    """
    with database.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # given back when the file is closed
        yield


def _grow(connection: sqlite3.Connection, rows: int) -> None:
    """Make the table have at least `rows` rows."""
    # What is in /tmp can be made again, so nothing waits for the disk; readers do not block growth.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(_SCHEMA)
    connection.execute("BEGIN IMMEDIATE")
    try:
        (have,) = connection.execute("SELECT coalesce(max(id), 0) FROM sale").fetchone()
        connection.execute(_GROW, {"have": have, "want": rows})
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
