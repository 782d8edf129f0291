"""`streaming-construct local` as a separate process."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from streaming_construct.local.command import local
from streaming_construct.local.lambda_.options import LambdaOptions
from tests.support.process_status import is_running
from tests.support.streaming_assembly import write_assembly

ROOT = Path(__file__).parents[2]


@contextmanager
def started(
    *arguments: str, cwd: Path = ROOT, **variables: str
) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Start the command and wait for its URL; return the process and its output."""
    process = subprocess.Popen(
        [sys.executable, "-m", "streaming_construct", "local", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env={**os.environ, **variables, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout
    lines: list[str] = []
    try:
        for line in process.stdout:
            lines.append(line.rstrip("\n"))
            if line.startswith("http://"):
                break
        yield process, lines
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_the_command_lists_its_routes_and_serves_until_a_signal(tmp_path: Path) -> None:
    """A line for every route and for a function that cannot run locally, then the URL.

    SIGINT ends the command and its functions, with exit code 0 and no traceback.
    """
    folder = write_assembly(tmp_path / "cdk.out")
    shutil.rmtree(folder / "asset.node")
    with started("--port", "0", cwd=tmp_path) as (process, lines):
        missing = httpx.get(lines[-1] + "node/x", timeout=60)
        present = httpx.get(lines[-1] + "plain", timeout=60)
        pid = int(httpx.get(lines[-1] + "pid", timeout=60).text)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)

    assert [line.split() for line in lines[:4]] == [
        ["ANY", "/{proxy+}", "STREAM", "29", "s", "Web", "in", "cdk.out/Chat.template.json"],
        ["OPTIONS", "/{proxy+}", "mock"],
        ["GET", "/node/{name}", "STREAM", "29", "s", "Node", "in", "cdk.out/Chat.template.json"],
        ["GET", "/plain", "BUFFERED", "29", "s", "Plain", "in", "cdk.out/Chat.template.json"],
    ]
    assert any(re.match("Node .*cannot run locally: ", line) for line in lines)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/prod/", lines[-1])
    assert (missing.status_code, present.status_code) == (501, 200)
    assert (process.returncode, errors) == (0, "")
    assert not is_running(pid)


def test_quiet_prints_only_the_output_of_functions(tmp_path: Path) -> None:
    """`--allow-host` adds a host name, `--env` a variable with its value or that of the shell.

    If the terminal closes, SIGHUP ends the command and its functions as SIGINT and SIGTERM do.
    """
    folder = write_assembly(tmp_path / "cdk.out")
    (folder / "asset.plain/index.py").write_text(
        "import os\n"
        "def handler(event, context):\n"
        "    print('printed')\n"
        "    return {'statusCode': 200, 'body': os.environ['GIVEN'] + os.environ['INHERITED']}\n"
    )
    options = ("--quiet", "--env", "GIVEN=a=b", "--env", "INHERITED", "--allow-host", "api.test")
    with started(str(folder), "--port", "0", *options, INHERITED="cd") as (process, lines):
        responses = [
            httpx.get(lines[-1] + "plain", headers=headers, timeout=60)
            for headers in ({}, {"Host": "api.test"}, {"Host": "evil.test"})
        ]
        pid = int(httpx.get(lines[-1] + "pid", timeout=60).text)
        process.send_signal(signal.SIGHUP)
        printed, errors = process.communicate(timeout=60)

    assert not is_running(pid)
    assert [response.status_code for response in responses] == [200, 200, 403]
    assert responses[0].text == "a=bcd"
    assert (process.returncode, errors) == (0, "")
    # The app of the function Web may print that its connection was reset at the end.
    *output, rejected = [line for line in printed.splitlines() if not line.startswith("[Web ")]
    assert [line.partition("] ")[2] for line in output] == ["printed", "printed"]
    assert rejected.startswith("GET /prod/plain: 403, the gateway does not serve host 'evil.test'")


def test_the_command_serves_after_its_output_was_closed(tmp_path: Path) -> None:
    """A function may print more than a pipe holds. SIGTERM ends the command without an error.

    A warning names an address that other machines can reach.
    """
    folder = write_assembly(tmp_path / "cdk.out")
    line = "x" * 999
    chatty = f"def handler(event, context):\n    print('{line}\\n' * 100)\n    return {{}}\n"
    (folder / "asset.plain/index.py").write_text(chatty)
    remote = ("--host", "0.0.0.0", "--with-credentials", "--allow-remote-credentials")
    with started(str(folder), "--port", "0", *remote) as (process, lines):
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        responses = [httpx.get(lines[-1] + "plain", timeout=60) for _ in range(2)]
        process.send_signal(signal.SIGTERM)
        errors = process.stderr.read()
        status = process.wait(timeout=60)

    (warning,) = [line for line in lines if line.startswith("WARNING")]
    assert "other machines can reach the gateway on 0.0.0.0" in warning
    assert [response.status_code for response in responses] == [200, 200]
    assert (status, errors) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["nowhere"],
            "nowhere does not exist. Run `cdk synth` first, or pass the path of a template",
        ),
        (
            ["openapi.json"],
            "Pass a cloud assembly or a template. `streaming-construct init NAME --template open",
        ),
        (
            ["plan.json"],
            "a Terraform plan. Pass a cloud assembly or a template. `streaming-constru",
        ),
        (["nowhere.yaml"], "nowhere.yaml does not exist. Pass the path of a file."),
        (["."], "has no manifest.json. Pass cdk.out."),
        ([".."], "has no manifest.json. Run `cdk synth` first"),
        (["cdk.out", "--stack", "Other"], "Stack Other does not exist. Pass one of Chat."),
        (["cdk.out", "--api", "Other"], "Stack Chat has no REST API Other. Pass one of Api."),
        (["cdk.out", "--parameter", "x"], "--parameter requires NAME=VALUE, not 'x'"),
        (["cdk.out", "--base-path", "a b"], "--base-path requires the path of a base path mapping"),
        (
            ["cdk.out", "--source-ip", "office"],
            "--source-ip requires an IP address such as 203.0.113.7",
        ),
        (["cdk.out", "--image-command", "Web=x"], "Its container images: none."),
        (["cdk.out", "--image-command", "x"], "--image-command requires LOGICAL_ID=COMMAND, not"),
        (["cdk.out", "--host", "192.0.2.1"], "The gateway cannot listen on 192.0.2.1, port 3000"),
    ],
)
def test_an_error_is_one_sentence_and_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    """The last line has it, without a traceback."""
    write_assembly(tmp_path / "cdk.out")
    (tmp_path / "openapi.json").write_text('{"openapi": "3.0.1", "paths": {}}')
    (tmp_path / "plan.json").write_text('{"planned_values": {}, "configuration": {}}')
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(local, arguments)

    assert result.exit_code == 2
    assert message in result.output
    assert result.output.splitlines()[-1].startswith("Error: ")
    assert "Traceback" not in result.output


def test_an_app_that_fails_is_an_error_without_the_usage(tmp_path: Path) -> None:
    """The words of the app keep their indentation."""
    command = """echo '  File "app.py"'; exit 1"""
    (tmp_path / "cdk.json").write_text(json.dumps({"app": command}))
    result = CliRunner().invoke(local, [str(tmp_path / "cdk.out"), "--watch"])

    assert result.exit_code == 2
    assert "Usage" not in result.output
    assert result.output.endswith('failed:\n  File "app.py"\n')


def test_an_address_that_asyncio_rejects_without_errno_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From Python 3.13 on, asyncio's error for an address of another machine has no errno."""
    monkeypatch.setitem(sys.modules, "uvloop", None)

    async def reject(*_arguments: object, **_options: object) -> None:
        raise OSError("could not bind on any address out of [('192.0.2.1', 3000)]")

    monkeypatch.setattr("asyncio.base_events.BaseEventLoop.create_server", reject)
    folder = write_assembly(tmp_path / "cdk.out")
    result = CliRunner().invoke(local, [str(folder), "--host", "192.0.2.1"])

    assert result.exit_code == 2
    assert "cannot listen on 192.0.2.1, port 3000: could not bind" in result.output
    assert "Traceback" not in result.output


def test_under_nohup_the_command_serves_without_a_reader_until_sigterm(tmp_path: Path) -> None:
    """SIGHUP stays ignored. A full pipe delays neither requests nor the end."""
    folder = write_assembly(tmp_path / "cdk.out")
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with started(str(folder), "--port", "0") as (process, lines):
            process.send_signal(signal.SIGHUP)
            url = lines[-1] + "no-such-route/" + "x" * 4000
            with httpx.Client(timeout=60) as client:
                for _ in range(30):  # 120 KB of access log; a pipe holds 64 KB
                    client.options(url)
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)
    finally:
        signal.signal(signal.SIGHUP, before)

    assert process.returncode == 0


@pytest.mark.parametrize(
    ("layer", "problem"),
    [
        ("arn:x", "--layer requires ARN=DIR, not 'arn:x'"),
        ("arn:x=.", "--layer arn:x: no function of the API has such a layer. Its layers: "),
    ],
)
def test_an_unknown_layer_is_an_error(layer: str, problem: str, tmp_path: Path) -> None:
    """The message names the layers of the API."""
    folder = write_assembly(tmp_path / "cdk.out")
    result = CliRunner().invoke(local, [str(folder), "--port", "0", "--layer", layer])

    assert result.exit_code == 2
    assert problem in " ".join(result.output.split())


def test_a_port_in_use_is_reported(tmp_path: Path) -> None:
    folder = write_assembly(tmp_path / "cdk.out")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        result = CliRunner().invoke(local, [str(folder), "--port", str(port)])

    assert result.exit_code == 2
    assert f"port {port} is in use" in result.stderr


def test_without_the_extra_the_error_names_what_to_install(tmp_path: Path) -> None:
    """A missing library is a sentence, not a traceback."""
    code = (
        "import sys; sys.modules['httptools'] = None; sys.argv[1:] = ['local', '--port', '0']\n"
        "from streaming_construct.cli import main; main()"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )

    assert result.returncode == 2
    assert result.stderr == "httptools is missing. Run pip install 'streaming-construct[local]'.\n"


def test_credentials_are_not_given_to_functions_that_other_machines_can_run(tmp_path: Path) -> None:
    folder = str(write_assembly(tmp_path / "cdk.out"))
    options = ["--host", "0.0.0.0", "--with-credentials", "--port", "0"]
    rejected = CliRunner().invoke(local, [folder, *options])
    assert rejected.exit_code == 2
    assert "--allow-remote-credentials" in rejected.stderr


def test_with_role_checks_calls_and_forwards_them_with_credentials_only_if_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[LambdaOptions] = []
    monkeypatch.setattr(
        "streaming_construct.local.command.serve_until_signal",
        lambda *_, functions, **__: served.append(functions),
    )
    monkeypatch.setattr("streaming_construct.local.session.run", lambda _: None)
    folder = str(write_assembly(tmp_path / "cdk.out"))
    for options in (["--with-role"], ["--with-role", "--with-credentials"]):
        result = CliRunner().invoke(local, [folder, *options])
        assert result.exit_code == 0, result.output

    assert [(options.checks_roles, options.inherit_credentials) for options in served] == [
        (True, False),
        (True, True),
    ]
