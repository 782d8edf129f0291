"""A table of sales in SQLite, created on demand and read in batches."""

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
# Adds the missing rows in one statement. The numbers are not random.
_ADD_ROWS = """
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
    """Yield the first `rows` sales in batches. Memory holds one batch.

    The function blocks on the disk and on other writers, so run it in a thread.
    """
    with _connect(database) as connection:
        with _lock(database):
            _add_rows(connection, rows)
        cursor = connection.execute(
            "SELECT id, rtrim(city), price, sold FROM sale ORDER BY id LIMIT ?", (rows,)
        )
        while fetched := cursor.fetchmany(batch):
            yield fetched


@contextlib.contextmanager
def _connect(database: Path) -> Iterator[sqlite3.Connection]:
    # With `isolation_level=None`, only the statements below begin transactions.
    connection = sqlite3.connect(database, timeout=60, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


@contextlib.contextmanager
def _lock(database: Path) -> Iterator[None]:
    """Lock out all other threads and processes of this machine.

    SQLite's locks are not sufficient: a change to WAL mode fails instead of waiting if another
    connection changes it.
    """
    with database.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # released when the file is closed
        yield


def _add_rows(connection: sqlite3.Connection, rows: int) -> None:
    """Add rows until the table has at least `rows` rows."""
    # The data in /tmp can be recreated, so no commit waits for the disk.
    # In WAL mode, readers do not block writers.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(_SCHEMA)
    connection.execute("BEGIN IMMEDIATE")
    try:
        (have,) = connection.execute("SELECT coalesce(max(id), 0) FROM sale").fetchone()
        connection.execute(_ADD_ROWS, {"have": have, "want": rows})
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
