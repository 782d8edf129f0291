"""The command line lists every command, and each command imports only what it needs."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from streaming_construct.cli import Commands, main

ROOT = Path(__file__).parents[1]


def run(*arguments: str, without: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command line in a process without a package."""
    code = (
        "import sys\n"
        f"if {without!r}: sys.modules[{without!r}] = None\n"
        f"sys.argv[1:] = {list(arguments)!r}\n"
        "from streaming_construct.cli import main; main()"
    )
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_help_lists_every_command() -> None:
    """For a command without its extra, it names what to install."""
    help_text = run("--help", without="httptools").stdout

    assert "  doctor   Inspect a deployed REST API" in help_text
    assert "local    (httptools is missing. Run pip install" in help_text


def test_help_imports_no_command() -> None:
    """Its summaries are those of the commands."""
    code = (
        "import sys\n"
        "from streaming_construct.cli import main\n"
        "sys.argv[1:] = ['--help']\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(*(name for name in sys.modules if name.startswith('streaming_construct')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    *help_lines, modules = done.stdout.splitlines()

    assert set(modules.split()) == {"streaming_construct", "streaming_construct.cli"}
    group = Commands("streaming-construct")
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        summary = command.get_short_help_str(200)
        assert any(line.split()[:1] == [name] and summary in line for line in help_lines), name


def test_a_command_does_not_need_the_extra_of_another() -> None:
    """A user may install one extra without the other."""
    assert run("doctor", "--help", without="httptools").returncode == 0
    assert run("local", "--help", without="boto3").returncode == 0


@pytest.mark.parametrize("arguments", [["--port", "0"], ["--help"]])
def test_a_command_without_its_extra_names_what_to_install(arguments: list[str]) -> None:
    """The arguments do not matter."""
    done = run("local", *arguments, without="httptools")

    assert done.returncode == 2
    assert done.stderr == "httptools is missing. Run pip install 'streaming-construct[local]'.\n"


def test_without_click_there_is_no_command() -> None:
    """Every extra installs it."""
    done = run("doctor", without="click")

    assert done.returncode == 2
    assert done.stderr == "click is missing. Run pip install 'streaming-construct[local]'.\n"


def test_an_unknown_command_is_an_error() -> None:
    """The error is that of click."""
    done = run("docter")

    assert done.returncode == 2
    assert "No such command 'docter'" in done.stderr


@pytest.mark.parametrize(
    "command", ["", "doctor", "lint", "local", "openapi", "openapi convert", "probe"]
)
def test_short_option_prints_the_help_of_each_command(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`-h` is equivalent to `--help`."""
    subcommand: click.Command | None = Commands("streaming-construct")
    for name in command.split():
        assert isinstance(subcommand, click.Group)
        subcommand = subcommand.get_command(click.Context(subcommand), name)
        # click keeps the option of the first call, which another test made without its group.
        monkeypatch.setattr(subcommand, "_help_option", None)
    monkeypatch.setattr(sys, "argv", ["streaming-construct", *command.split(), "-h"])
    with pytest.raises(SystemExit) as exited:
        main()

    assert exited.value.code == 0
    usage = capsys.readouterr().out.splitlines()[0]
    assert usage.startswith("Usage: ")
    assert command in usage


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device"),
            "the output cannot be written: No space",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied", "a\x1bb"),
            "a\\x1bb: Permission denied.",
        ),
    ],
)
def test_what_the_machine_refuses_is_one_sentence(
    error: OSError,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A full disk or a read-only folder is no fault of the command."""

    def fail(*_arguments: object) -> None:
        raise error

    monkeypatch.setattr(Commands, "invoke", fail)
    monkeypatch.setattr(sys, "argv", ["streaming-construct", "lint"])
    with pytest.raises(SystemExit) as exited:
        main()

    assert exited.value.code == 2
    assert capsys.readouterr().err.startswith(f"Error: {message}")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_descriptors_are_not_taken_by_other_files(tmp_path: Path, closed: str) -> None:
    """A socket in place of standard input or output ends Node.js, and uvloop's transports."""
    result = tmp_path / "result"
    program = (
        "import sys\n"
        "from streaming_construct.cli import _open_standard_streams\n"
        "_open_standard_streams()\n"
        f"file = open({str(result)!r}, 'w')\n"
        "print('out')\n"
        "print('err', file=sys.stderr)\n"
        "sys.stdin.read()\n"
        "file.write(str(file.fileno() > 2))\n"
    )
    command = ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-c", program]
    subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=True)

    assert result.read_text() == "True"
