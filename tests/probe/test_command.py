"""`streaming-construct probe`, in a separate process for a terminal or a signal."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from streaming_construct.probe.command import probe

ROOT = Path(__file__).parents[2]
PROBE = (sys.executable, "-m", "streaming_construct", "probe")


class StreamRoutes(BaseHTTPRequestHandler):
    """Streams of eight events, and a response with the data of the request."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path.startswith("/held"):
            time.sleep(0.3)
            self.send_complete(b"".join(b"data: %d\n\n" % number for number in range(8)))
        else:
            self.stream(endless=self.path == "/endless")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        request = {"method": self.command, "body": body.decode(), "headers": dict(self.headers)}
        self.send_complete(json.dumps(request).encode())

    def stream(self, *, endless: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Set-Cookie", "session=private")
        self.send_header("Via", "1.1 abc.cloudfront.net (CloudFront)")
        self.end_headers()
        try:
            for number in range(10_000 if endless else 8):
                data = f'data: {{"at": {time.time():.6f}, "n": "é {number}"}}\n\n'.encode()
                self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
                time.sleep(0.06)
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.close_connection = True

    def send_complete(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The URL of a server on a free port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), StreamRoutes)
    server.daemon_threads = True
    server.block_on_close = False
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def environment(**more: str) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "NO_COLOR"))}
    nowhere = {"AWS_EC2_METADATA_DISABLED": "true", "HOME": "/nonexistent"}
    return {**inherited, **nowhere, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **more}


def run(*arguments: str, standard_input: str = "", **more: str) -> Result:
    """Run the command in this process, without variables of AWS."""
    variables = environment(**more)
    hidden = dict.fromkeys(name for name in os.environ if name not in variables)
    result = CliRunner().invoke(probe, arguments, input=standard_input, env={**hidden, **variables})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def test_a_stream_exits_with_0_and_is_drawn_while_it_arrives(url: str) -> None:
    """A line for each arrival at its time, then the verdict."""
    times, lines = [], []
    command = [*PROBE, f"{url}/stream"]
    with subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.rstrip())
            times.append(time.monotonic())

    drawn = [n for n, line in enumerate(lines) if " B  data:" in line]
    assert process.returncode == 0
    assert lines[0] == f"GET {url}/stream"
    assert len(drawn) == 8
    assert times[drawn[-1]] - times[drawn[0]] > 0.2
    assert any(line.startswith("streamed: 8 arrivals of 8 chunks") for line in lines)
    assert "on the path: CloudFront (via: 1.1 abc.cloudfront.net (CloudFront))" in lines
    assert any("timestamps in the chunks: written over" in line for line in lines)
    assert "\x1b" not in "".join(lines)


def test_a_buffered_response_exits_with_1_and_has_cause_and_fix(url: str) -> None:
    """A CI job can use the exit status."""
    done = run(f"{url}/held", "--quiet")

    assert done.exit_code == 1
    verdict, why, *other_lines = done.stdout.splitlines()
    assert verdict.startswith("buffered: 1 arrival of 8 chunks")
    assert why.endswith("[content-length-present]")
    assert any(line.startswith("fix: Set responseTransferMode to STREAM") for line in other_lines)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Missing argument URL"),
        (
            ["ftp://127.0.0.1/x"],
            "'ftp://127.0.0.1/x' is not a valid URL. Pass one such as https://",
        ),
        (["http:/x"], "'http:/x' is not a valid URL"),
        (["http://127.0.0.1:99999/"], "is not a valid URL: Port out of range"),
        (["http://[::1/"], "is not a valid URL"),
        (["URL", "-H", "nothing"], "--header 'nothing' has no colon. Pass 'Name: value'"),
        (["URL", "-H", "A b: c"], "'A b' is not a valid header"),
        (["URL", "-X", "GE T"], "'GE T' is not an HTTP method"),
        (["URL", "-d", "@nowhere.json"], "--data @nowhere.json cannot be read"),
        (["URL", "--report", "x.png"], "--report x.png has no known format"),
        (["URL", "--report", "nowhere/x.svg"], "--report nowhere/x.svg has no folder"),
        (["URL", "--profile", "me"], "Pass --aws-sigv4 as well"),
        (["URL", "--aws-sigv4", "us-east-1"], "AWS credentials are missing"),
        (["--aws-sigv4", "URL"], "AWS credentials are missing"),
        (["URL", "--aws-sigv4", "--profile", "me"], "The config profile (me) could not be found"),
        (["URL", "--timeout", "0"], "Invalid value for '--timeout'"),
    ],
)
def test_a_usage_error_exits_with_2(url: str, arguments: list[str], message: str) -> None:
    """It has no traceback, and precedes the request."""
    command_line = [f"{url}/stream" if argument == "URL" else argument for argument in arguments]
    done = run(*command_line)

    assert done.exit_code == 2
    assert message in done.stderr
    assert done.stdout == ""


def test_a_refused_connection_exits_with_2_and_has_a_fix() -> None:
    """An error of the network is a verdict, too."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        done = run(f"http://127.0.0.1:{unused.getsockname()[1]}/", "-q")

    assert done.exit_code == 2
    assert "[connection-refused]" in done.stdout
    assert "fix: Check host and port" in done.stdout
    assert done.stderr == ""


def test_a_loopback_host_needs_no_scheme_and_an_origin_is_checked(url: str) -> None:
    """The report has the method. The warning does not change the exit status."""
    host = url.removeprefix("http://")
    done = run(f"{host}/stream", "-q", "-H", "Origin: https://app.test")

    assert done.exit_code == 0, done.stderr
    assert "warning: The response does not allow the Origin" in done.stdout
    assert "[origin-not-allowed]" in done.stdout


def test_the_request_has_the_given_options(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Method, headers, body, key and token."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "body.json").write_text('{"prompt": "hi"}')
    report = tmp_path / "report.json"

    def send(*arguments: str, **more: str) -> dict[str, str]:
        done = run(f"{url}/echo", "--report", str(report), *arguments, **more)
        line = next(line for line in done.stdout.splitlines() if " B  {" in line)
        assert line
        return {"line": line, "all": done.stdout}

    request = send("-d", "@body.json", "--api-key", "k1", "--token", "t1", COLUMNS="800")["line"]
    assert '"method": "POST"' in request
    assert '{\\"prompt\\": \\"hi\\"}' in request
    assert '"Content-Type": "application/json"' in request
    assert '"x-api-key": "k1"' in request
    assert '"Authorization": "Bearer t1"' in request
    request = send(
        "-d", "x", "-H", "Content-Type: a/b", STREAMING_CONSTRUCT_TOKEN="Basic eA==", COLUMNS="800"
    )["line"]
    assert '"Content-Type": "a/b"' in request
    assert '"Authorization": "Basic eA=="' in request
    assert "t1" not in report.read_text()


def test_the_body_may_come_from_the_standard_input(url: str) -> None:
    """The argument is `-`."""
    done = run(f"{url}/echo", "-d", "-", standard_input="from afar", COLUMNS="800")

    assert '"body": "from afar"' in done.stdout


def test_reports_are_self_contained(url: str, tmp_path: Path) -> None:
    """A page with the picture in it, the picture alone, and the figures."""
    files = [tmp_path / f"report.{suffix}" for suffix in ("html", "svg", "json")]
    run(f"{url}/stream?token=hush", *(a for file in files for a in ("--report", str(file))))
    page, picture, figures = (file.read_text(encoding="utf-8") for file in files)

    root = ET.fromstring(picture)
    names = {child.tag.rpartition("}")[2] for child in root.iter()}
    assert {"title", "desc", "line"} <= names
    assert root.attrib["role"] == "img"
    assert "prefers-color-scheme: dark" in picture
    assert picture.strip() in page
    assert "://" not in page.replace("http://www.w3.org/2000/svg", "").replace(url, "")
    (probe,) = json.loads(figures)["probes"]
    assert probe["verdict"] == "streamed"
    assert len(probe["arrivals"]) == 8
    assert all(
        chunk_time["arrived"] > chunk_time["written"] - 1e-5 for chunk_time in probe["chunk_times"]
    )
    for text in (page, picture, figures):
        assert "hush" not in text
        assert "private" not in text


def test_repeated_requests_have_the_first_and_the_medians(url: str) -> None:
    """The table has the first, the medians of the others, and the ratio."""
    done = run(f"{url}/stream", "--repeat", "3")
    table = done.stdout.rpartition("\n\n")[2].splitlines()

    assert done.exit_code == 0
    assert table[0].split("  ")[-1].strip() == "ratio"
    assert "first" in table[0]
    assert "median of 2" in table[0]
    assert table[-2].startswith("total")


def test_two_urls_are_compared_side_by_side(url: str, tmp_path: Path) -> None:
    """The exit status is that of the first. The picture has both."""
    report = tmp_path / "both.json"
    done = run(f"{url}/stream", "--compare", f"{url}/held", "--report", str(report))
    both_buffered = run(f"{url}/held", "--compare", f"{url}/held")

    assert done.exit_code == 0
    assert f"{url}/stream  {url}/held" in " ".join(done.stdout.split("   "))
    verdicts = [probe["verdict"] for probe in json.loads(report.read_text())["probes"]]
    assert verdicts == ["streamed", "buffered"]
    assert both_buffered.exit_code == 1
    assert both_buffered.stdout.count("[content-length-present]") == 2


def test_an_endless_stream_stops_after_the_given_duration(url: str) -> None:
    """It is a stream."""
    done = run(f"{url}/endless", "--duration", "0.6", "-q")

    assert done.exit_code == 0, done.stdout
    assert done.stdout.startswith("streamed: ")


def test_an_interrupted_probe_prints_a_verdict_and_writes_reports(url: str, tmp_path: Path) -> None:
    """Ctrl-C in mid-stream: the exit status is that of a shell."""
    report = tmp_path / "partial.html"
    process = subprocess.Popen(
        [*PROBE, f"{url}/endless", "--report", str(report)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment(),
        start_new_session=True,
    )
    assert process.stdout is not None
    chunks = 0
    for line in process.stdout:
        chunks += " B  data:" in line
        if chunks == 5:
            break
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=30)

    assert process.returncode == 130
    assert "streamed: " in output
    assert errors == ""
    assert "<svg" in report.read_text()


def test_every_chunk_can_be_printed(url: str) -> None:
    """Characters that a terminal cannot show become question marks."""
    ascii_alone = environment(PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    done = subprocess.run(
        [*PROBE, f"{url}/stream"], capture_output=True, env=ascii_alone, timeout=60, check=False
    )

    assert done.returncode == 0, done.stderr
    assert b'"n": "? 7"' in done.stdout


def test_a_closed_pipe_does_not_change_the_verdict(url: str, tmp_path: Path) -> None:
    """No program reads the output. The report is written."""
    report = tmp_path / "report.json"
    process = subprocess.Popen(
        [*PROBE, f"{url}/stream", "--report", str(report)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    errors = process.stderr.read()
    process.wait(timeout=30)
    process.stderr.close()

    assert (process.returncode, errors) == (0, b"")
    assert json.loads(report.read_text())["probes"][0]["verdict"] == "streamed"
