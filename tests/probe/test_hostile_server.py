"""A hostile server cannot change the terminal, the CI log or the reports of the probe."""

from __future__ import annotations

import os
import pty
import socket
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest

from streaming_construct.cli import main

EVIL = b"\x1b]0;owned\x07\x1b[2J\xc2\x9b31m\x9d0;owned\x9c<script>alert(1)</script>\xe2\x80\xae"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain" + EVIL + b"\r\n"
CLOSE = b"Connection: close\r\n\r\n"
BODY = b'{"message": "jane@example.com ' + EVIL + b'"}\n::error::forged\n##[error]forged\n'
RESPONSES = {
    "headers": OK
    + b"".join(b"%b: 1.1 %b\r\n" % (n, EVIL) for n in (b"Via", b"X-Cache", b"Content-Encoding"))
    + b"Set-Cookie: session=secret\r\n"
    + CLOSE
    + BODY,
    "error": b"HTTP/1.1 500 %b\r\nx-amzn-ErrorType: %b\r\n" % (EVIL, EVIL) + CLOSE + BODY,
    "redirect": b"HTTP/1.1 302 Found\r\nLocation: http://x/?token=secret&x="
    + EVIL
    + b"\r\n"
    + CLOSE,
    "origin": b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: " + EVIL + b"\r\n" + CLOSE + BODY,
    "no HTTP": EVIL + b"\r\n\r\n",
    "many headers": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
    "long header": b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1_000_000,
}


def respond_once(server: socket.socket, response: bytes) -> None:
    with suppress(OSError):
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(response)


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def run_on_terminal(folder: Path, *arguments: str) -> bytes:
    """Run the probe on a pseudoterminal; return all bytes that reach the terminal.

    The process is a fork of this one, which has imported the probe.
    """
    process, terminal = pty.fork()
    if process == 0:
        status = 3
        try:
            os.chdir(folder)
            os.environ.update(TERM="xterm", COLUMNS="200")
            sys.stdin, sys.stdout, sys.stderr = (
                os.fdopen(number, mode, encoding="utf-8") for number, mode in enumerate("rww")
            )
            sys.argv = ["streaming-construct", "probe", *arguments]
            main()
        except SystemExit as exit_:
            status = exit_.code if isinstance(exit_.code, int) else 1
        finally:
            traceback.print_exc()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    output = b""
    with suppress(OSError):  # the end of a pseudoterminal
        while data := os.read(terminal, 65536):
            output += data
    os.close(terminal)
    os.waitpid(process, 0)
    return output


@pytest.mark.parametrize("name", RESPONSES)
def test_a_server_cannot_write_to_terminal_or_reports(
    name: str, server: socket.socket, tmp_path: Path
) -> None:
    """No control character, no markup, no workflow command, no secret, no traceback."""
    thread = Thread(target=respond_once, args=(server, RESPONSES[name]))
    thread.start()
    url = f"http://me:pw@127.0.0.1:{server.getsockname()[1]}/x?token=secret"
    files = [tmp_path / f"report.{suffix}" for suffix in ("html", "svg", "json")]
    reports = [argument for file in files for argument in ("--report", file.name)]
    origin = ["-H", "Origin: https://app.test"] if name == "origin" else []
    output = run_on_terminal(tmp_path, url, "--timeout", "20", *reports, *origin)
    thread.join()

    html, svg, json = (file.read_text(encoding="utf-8") for file in files)
    for forbidden in (b"\x1b]", b"\x07", b"\x1b[2J", b"\xc2\x9b", b"\xc2\x9d", b"\xe2\x80\xae"):
        assert forbidden not in output
    assert b"Traceback" not in output
    assert b"secret" not in output
    lines = output.replace(b"\r", b"\n").split(b"\n")
    assert not [line for line in lines if line.lstrip().startswith(b"::")]
    assert b"##[error]" not in output
    for report in (html, svg):
        assert not any(ord(letter) < 32 and letter not in "\n\t" for letter in report)
        assert not any("\x7f" <= letter <= "\x9f" for letter in report)
        assert "<script" not in report
    for report in (html, svg, json):
        assert not any(secret in report for secret in ("secret", "me:pw", "jane@example.com"))
