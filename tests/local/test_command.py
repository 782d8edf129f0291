"""`streaming-construct local` as a user starts it: in a process of its own."""

from __future__ import annotations

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
from tests.support.streaming_assembly import write_assembly

ROOT = Path(__file__).parents[2]


@contextmanager
def started(
    *arguments: str, cwd: Path = ROOT, **variables: str
) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Start the command, wait for its URL; give the process and the lines it printed."""
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


def run(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "streaming_construct", "local", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_serves_until_a_signal_and_leaves_nothing_behind(
    tmp_path: Path, number: signal.Signals
) -> None:
    """The URL stands on a line of its own; a signal ends it with exit code 0 and no traceback."""
    folder = write_assembly(tmp_path / "cdk.out")
    with started(str(folder), "--port", "0") as (process, lines):
        pid = int(httpx.get(lines[-1] + "pid", timeout=30).text)
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)

    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/prod/", lines[-1])
    assert process.returncode == 0
    assert errors == ""
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_under_nohup_a_closed_terminal_does_not_end_it(tmp_path: Path) -> None:
    """A SIGHUP that was ignored from the start stays so."""
    folder = write_assembly(tmp_path / "cdk.out")
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with started(str(folder), "--port", "0") as (process, lines):
            process.send_signal(signal.SIGHUP)
            answer = httpx.get(lines[-1] + "plain", timeout=30)
    finally:
        signal.signal(signal.SIGHUP, before)

    assert answer.status_code == 200


def test_it_lists_routes_with_functions_modes_and_timeouts(tmp_path: Path) -> None:
    """Before the URL there is a line for every route."""
    write_assembly(tmp_path / "cdk.out")
    with started("--port", "0", cwd=tmp_path) as (_, lines):
        pass

    assert [line.split() for line in lines[:4]] == [
        ["ANY", "/{proxy+}", "STREAM", "29", "s", "Web", "in", "cdk.out/Chat.template.json"],
        ["OPTIONS", "/{proxy+}", "mock"],
        ["GET", "/node/{name}", "STREAM", "29", "s", "Node", "in", "cdk.out/Chat.template.json"],
        ["GET", "/plain", "BUFFERED", "29", "s", "Plain", "in", "cdk.out/Chat.template.json"],
    ]


def test_a_function_that_cannot_run_here_is_named_and_the_others_serve(tmp_path: Path) -> None:
    """A missing asset makes one function unavailable, with its reason."""
    folder = write_assembly(tmp_path / "cdk.out")
    shutil.rmtree(folder / "asset.node")
    with started(str(folder), "--port", "0") as (_, lines):
        missing = httpx.get(lines[-1] + "node/x", timeout=30)
        present = httpx.get(lines[-1] + "plain", timeout=30)

    assert any(re.match("Node .*cannot run locally: ", line) for line in lines)
    assert missing.status_code == 501
    assert present.status_code == 200


def test_quiet_leaves_what_functions_print_and_variables_reach_them(tmp_path: Path) -> None:
    """A further host is answered, a variable of the shell and one given are there."""
    folder = write_assembly(tmp_path / "cdk.out")
    (folder / "asset.plain/index.py").write_text(
        "import os\n"
        "def handler(event, context):\n"
        "    print('printed')\n"
        "    return {'statusCode': 200, 'body': os.environ['GIVEN'] + os.environ['INHERITED']}\n"
    )
    options = ("--quiet", "--env", "GIVEN=a=b", "--env", "INHERITED", "--allow-host", "api.test")
    with started(str(folder), "--port", "0", *options, INHERITED="cd") as (process, lines):
        answers = [
            httpx.get(lines[-1] + "plain", headers=headers, timeout=30)
            for headers in ({}, {"Host": "api.test"}, {"Host": "evil.test"})
        ]
        process.send_signal(signal.SIGTERM)
        printed, _ = process.communicate(timeout=20)

    assert [answer.status_code for answer in answers] == [200, 200, 403]
    assert answers[0].text == "a=bcd"
    *said, refused = printed.splitlines()
    assert [line.partition("] ")[2] for line in said] == ["printed", "printed"]
    assert refused.startswith("GET /prod/plain: 403, the gateway does not serve host 'evil.test'")


def test_it_serves_on_when_nobody_reads_what_it_prints(tmp_path: Path) -> None:
    """A function that prints more than a pipe holds is answered for, and the end is as quiet."""
    folder = write_assembly(tmp_path / "cdk.out")
    chatty = "def handler(event, context):\n    print('x\\n' * 40_000)\n    return {}\n"
    (folder / "asset.plain/index.py").write_text(chatty)
    with started(str(folder), "--port", "0") as (process, lines):
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        answers = [httpx.get(lines[-1] + "plain", timeout=30) for _ in range(2)]
        process.send_signal(signal.SIGTERM)
        errors = process.stderr.read()
        status = process.wait(timeout=20)

    assert [answer.status_code for answer in answers] == [200, 200]
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
        (["."], "has no manifest.json. Run `cdk synth` first"),
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
def test_a_mistake_is_one_sentence_and_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    """The last line names the mistake, without a traceback."""
    write_assembly(tmp_path / "cdk.out")
    (tmp_path / "openapi.json").write_text('{"openapi": "3.0.1", "paths": {}}')
    (tmp_path / "plan.json").write_text('{"planned_values": {}, "configuration": {}}')
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(local, arguments)

    assert result.exit_code == 2
    assert message in result.output
    assert result.output.splitlines()[-1].startswith("Error: ")
    assert "Traceback" not in result.output


def test_an_address_that_asyncio_refuses_without_a_number_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From Python 3.13 on, asyncio's error for an address of another machine has no errno."""
    monkeypatch.setitem(sys.modules, "uvloop", None)

    async def refuse(*_arguments: object, **_options: object) -> None:
        raise OSError("could not bind on any address out of [('192.0.2.1', 3000)]")

    monkeypatch.setattr("asyncio.base_events.BaseEventLoop.create_server", refuse)
    folder = write_assembly(tmp_path / "cdk.out")
    result = CliRunner().invoke(local, [str(folder), "--host", "192.0.2.1"])

    assert result.exit_code == 2
    assert "cannot listen on 192.0.2.1, port 3000: could not bind" in result.output
    assert "Traceback" not in result.output


def test_sigterm_ends_it_although_no_program_reads_its_output(tmp_path: Path) -> None:
    """Requests go on when the pipe is full, and so does the end."""
    folder = write_assembly(tmp_path / "cdk.out")
    with started(str(folder), "--port", "0") as (process, lines):
        url = lines[-1] + "no-such-route/" + "x" * 4000
        with httpx.Client(timeout=30) as client:
            for _ in range(60):  # 240 KB of access log; a pipe holds 64 KB
                client.options(url)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)

    assert process.returncode == 0


@pytest.mark.parametrize(
    ("layer", "problem"),
    [
        ("arn:x", "--layer requires ARN=DIR, not 'arn:x'"),
        ("arn:x=.", "--layer arn:x: no function of the API has such a layer. Its layers: "),
    ],
)
def test_a_layer_that_no_function_has_is_refused(layer: str, problem: str, tmp_path: Path) -> None:
    """One sentence with the layers that there are."""
    folder = write_assembly(tmp_path / "cdk.out")
    result = CliRunner().invoke(local, [str(folder), "--port", "0", "--layer", layer])

    assert result.exit_code == 2
    assert problem in " ".join(result.output.split())


def test_a_taken_port_is_said_so(tmp_path: Path) -> None:
    """A port in use names the way out."""
    folder = write_assembly(tmp_path / "cdk.out")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run(str(folder), "--port", str(port))

    assert result.returncode == 2
    assert f"port {port} is in use" in result.stderr


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
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


def test_neither_cli_nor_gateway_imports_aws_cdk() -> None:
    """Starting the command line starts no Node.js."""
    code = (
        "import sys, streaming_construct.cli, streaming_construct.local.command,"
        " streaming_construct.local.local_api\n"
        "assert not {'aws_cdk', 'jsii', 'constructs'} & set(sys.modules), 'imported'"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )

    assert result.returncode == 0, result.stderr


def test_credentials_are_not_given_to_functions_that_other_machines_can_run(tmp_path: Path) -> None:
    refused = run(
        str(write_assembly(tmp_path / "cdk.out")),
        "--host",
        "0.0.0.0",
        "--with-credentials",
        "--port",
        "0",
    )
    assert refused.returncode == 2
    assert "--allow-remote-credentials" in refused.stderr


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

    assert [(each.checks_roles, each.inherit_credentials) for each in served] == [
        (True, False),
        (True, True),
    ]


def test_an_address_beyond_loopback_is_warned_of(tmp_path: Path) -> None:
    folder = write_assembly(tmp_path / "cdk.out")
    options = ("--port", "0", "--host", "0.0.0.0", "--with-credentials")
    with started(str(folder), *options, "--allow-remote-credentials") as (_, lines):
        (warning,) = [line for line in lines if line.startswith("WARNING")]
        assert "other machines can reach the gateway on 0.0.0.0" in warning
