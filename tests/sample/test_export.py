"""`GET /export`: JSON Lines from SQLite."""

import json
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from fastapi.testclient import TestClient

from tests.sample.conftest import WEB
from tests.sample.web_server import web_server

MIB = 1024 * 1024
WebModule = Callable[[str], ModuleType]


@pytest.fixture
def client(web_module: WebModule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return TestClient(web_module("app").app)


def test_each_row_is_a_line_and_the_last_line_counts_them(client: TestClient) -> None:
    """JSON objects have the columns of the table, in order, and no row is missing."""
    response = client.get("/export?rows=1234")

    *rows, end = map(json.loads, response.text.splitlines())
    assert [row["id"] for row in rows] == list(range(1, 1235))
    assert {row["city"] for row in rows} == {"Lisbon", "Nairobi", "Osaka", "Quito", "Riga"}
    assert all(40 <= row["price"] < 200 and row["sold"].startswith("2026-") for row in rows)
    assert end == {"end": {"rows": 1234}}
    assert response.headers["content-type"] == "application/x-ndjson"


def test_a_larger_export_adds_rows_to_the_table(client: TestClient, tmp_path: Path) -> None:
    """Existing rows stay, and a smaller export does not remove any."""
    few = client.get("/export?rows=3").text.splitlines()[:-1]
    many = client.get("/export?rows=900").text.splitlines()[:-1]
    again = client.get("/export?rows=3").text.splitlines()[:-1]

    assert (len(few), len(many)) == (3, 900)
    assert few == many[:3] == again
    with sqlite3.connect(tmp_path / "sales.sqlite3") as connection:
        assert connection.execute("SELECT count(*) FROM sale").fetchone() == (900,)
    connection.close()


def test_concurrent_exports_get_all_their_rows(web_module: WebModule, tmp_path: Path) -> None:
    """Several exports that create the same table do not disturb each other."""
    sales = web_module("sales").sales
    counts: list[int] = []

    def export(rows: int) -> None:
        counts.append(sum(map(len, sales(tmp_path / "sales.sqlite3", rows))))

    threads = [threading.Thread(target=export, args=(1000 * n,)) for n in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert sorted(counts) == [1000, 2000, 3000, 4000, 5000, 6000]


def test_concurrent_processes_get_all_their_rows(tmp_path: Path) -> None:
    """Functions on one machine share its folder for temporary files."""
    program = """
import sys, time
from pathlib import Path
from sales import sales
start = float(sys.argv[2])
for number in range(15):
    time.sleep(max(0, start + number * 0.05 - time.time()))
    print(sum(map(len, sales(Path(sys.argv[1]) / f"{number}.sqlite3", 20))))
"""
    together = str(time.time() + 0.5)
    command = [sys.executable, "-c", program, str(tmp_path), together]
    processes = [
        subprocess.Popen(command, cwd=WEB, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=30)[0].decode().split("\n") for process in processes]

    assert outputs == [["20"] * 15 + [""]] * 2


def test_a_failure_is_the_last_line(
    client: TestClient,
    web_module: WebModule,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It states how far the export came. There is no `end`, and only the log has the cause."""

    def breaking(database: Path, rows: int) -> Generator[list[object], None, None]:
        yield [(n, "Riga", 1.0, str(database)) for n in range(rows)]
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(web_module("export"), "sales", breaking)
    *rows, last = map(json.loads, client.get("/export?rows=5").text.splitlines())

    assert len(rows) == 5
    assert last == {"error": {"message": "the export failed after 5 rows"}}
    assert "disk I/O error" in caplog.text


def test_many_rows_need_no_more_memory_than_a_few(tmp_path: Path) -> None:
    """The peak memory after an export of 8 MB is within 5 MiB of that after one row."""
    peaks = {}
    with web_server(tmp_path) as server:
        for rows in (1, 120_000):
            lines, size, tail = 0, 0, b""
            with httpx.stream("GET", f"{server.url}/export?rows={rows}", timeout=60) as response:
                for chunk in response.iter_raw():
                    lines += chunk.count(b"\n")
                    size += len(chunk)
                    tail = (tail + chunk)[-100:]
            peaks[rows] = server.peak_bytes()
            assert lines == rows + 1
            assert json.loads(tail.splitlines()[-1]) == {"end": {"rows": rows}}

    assert size > 7 * MIB
    assert 0 < peaks[1] < 100 * MIB, peaks
    assert peaks[120_000] - peaks[1] < 5 * MIB, peaks
