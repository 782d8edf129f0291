"""Each command of clients/README.md runs unchanged."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from streaming_construct.local.lambda_.runtimes.nodejs import find_node
from streaming_construct.local.local_api import LocalApi
from tests.clients.scripted_server import ScriptedResponse, serve_responses
from tests.docs.code_blocks import list_blocks

ROOT = Path(__file__).parents[2]
CLIENTS = ROOT / "clients"
README = (CLIENTS / "README.md").read_text(encoding="utf-8")

# What the standard output of each has in it.
FROM_THE_SAMPLE = {
    "events_httpx.py": r"\n5 .*\n6 .*\n$",
    "events_fetch.mjs": r"\n5 .*\n6 .*\n$",
    "lines_requests.py": r"\n2000 \S+",
    "chat_asyncio.py": r"not a language model",
    "stream.sh": r"(?s)event: (progress|result)\b.*event: end\b",
    "watch_streams.py": r"(?s)(streamed: .*){7}",
}
END = ScriptedResponse([b'{"end": {"rows": 0}}\n'], content_type="application/x-ndjson")
MODELS = ScriptedResponse([b'{"data": [{"id": "m"}]}'], content_type="application/json")
WORD = ScriptedResponse(
    [b'data: {"choices": [{"delta": {"content": "word"}}]}\n\ndata: [DONE]\n\n']
)
SIGNED = r"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\d{8}/eu-central-1/execute-api/"
# The response of an API, and the header that its last request has.
WITH_A_KEY = {
    "API_KEY lines_requests.py": ([END], "x-api-key", r"\.\.\."),
    "API_KEY stream.sh": ([END], "x-api-key", r"\.\.\."),
    "TOKEN chat_asyncio.py": ([MODELS, WORD], "Authorization", r"Bearer \.\.\."),
    "AWS_PROFILE lines_signed.py": ([END], "Authorization", SIGNED),
    "AWS_SIGV4 stream.sh": ([END], "Authorization", SIGNED),
}

pytestmark = [
    pytest.mark.recipe,
    pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on PATH"),
]


def commands(block: int) -> list[str]:
    code_blocks = list_blocks(README, "console")
    return [line.removeprefix("$ ") for line in code_blocks[block].splitlines()]


def client_name(command: str) -> str:
    return Path(next(word for word in command.split() if word.startswith("clients/"))).name


def run_shell(command: str, url: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command at the root of the repository, with the environment of a user."""
    programs = (str(Path(sys.executable).parent), str(Path(find_node()).parent))
    path = os.pathsep.join([*programs, os.environ["PATH"]])
    environment = {"URL": url, "PATH": path, "PYTHONPATH": str(ROOT), "NO_PROXY": "*", **variables}
    return subprocess.run(
        ["sh", "-c", command],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("command", commands(1))
def test_each_command_shows_a_stream_of_the_sample(command: str, sample: LocalApi) -> None:
    """The stream is complete."""
    ran = run_shell(command, sample.url_for_path("/"))

    assert (ran.returncode, ran.stderr) == (0, "")
    assert re.search(FROM_THE_SAMPLE[client_name(command)], ran.stdout)


@pytest.mark.parametrize("command", commands(2))
def test_each_command_sends_its_credentials(command: str, tmp_path: Path) -> None:
    """They are in the header that the command is for."""
    keys = ("AKIDEXAMPLE", "secret/key+")
    configured = tmp_path / "config"
    configured.write_text(
        f"[profile ...]\nregion = eu-central-1\n"
        f"aws_access_key_id = {keys[0]}\naws_secret_access_key = {keys[1]}\n"
    )
    credentials = {
        "AWS_CONFIG_FILE": str(configured),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        "AWS_ACCESS_KEY_ID": keys[0],
        "AWS_SECRET_ACCESS_KEY": keys[1],
    }
    responses, header, expected = WITH_A_KEY[f"{command.partition('=')[0]} {client_name(command)}"]
    with serve_responses(*responses) as server:
        ran = run_shell(command, server.url, **credentials)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert re.match(expected, server.requests[-1][header])


def test_the_command_for_the_page_serves_it() -> None:
    """The test uses a free port in place of the documented one."""
    (command,) = commands(3)
    words = command.removeprefix("python ").split()
    with subprocess.Popen(
        [sys.executable, "-u", *words[:-1], "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        try:
            assert server.stdout
            port = re.findall(r"port (\d+)", server.stdout.readline())[0]
            page = httpx.get(f"http://127.0.0.1:{port}/browser.html")
        finally:
            server.terminate()

    assert words[-1] == "8000"
    assert "EventSource" in page.text


def test_the_table_lists_exactly_the_clients() -> None:
    """Each entry is the name of a file."""
    listed = set(re.findall(r"^\| `(\S+)`", README, re.MULTILINE))

    assert listed == {path.name for path in CLIENTS.iterdir() if path.is_file()} - {"README.md"}
