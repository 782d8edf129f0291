"""The fixture `local_api` in the tests of a user: a separate pytest in another folder."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from tests.support.streaming_assembly import write_assembly

ROOT = Path(__file__).parent.parent.parent
TESTS = """\
import os
from pathlib import Path

import pytest
from streaming_construct.local.lambda_.options import LambdaOptions
from streaming_construct.probe import probe


@pytest.fixture(scope="module")
def api(local_api):
    return local_api("cdk.out", stack="Chat")


def test_it_streams(api):
    assert probe(api.url_for_path("/node/x")).is_streamed


def test_tests_with_equal_arguments_share_a_gateway(api, local_api):
    assert local_api(stack="Chat") is api
    assert local_api(stack="Chat", functions=LambdaOptions(checks_roles=True)) is not api
    Path(f"served-{os.getpid()}").write_text(api.url_for_path())


def test_a_buffered_response_fails(api):
    assert probe(api.url_for_path("/plain")).is_streamed


def test_an_assembly_that_is_not_there_fails(local_api):
    local_api("nowhere")
"""
# Plugins of this environment that these suites do not use, and that take a second to load.
_UNUSED = ("anyio", "cacheprovider", "faker", "hypothesispytest", "schemathesis", "typeguard")
WITHOUT_PLUGINS = [part for name in _UNUSED for part in ("-p", f"no:{name}")]


def run_pytest(folder: Path) -> tuple[int, str]:
    """Run pytest in `folder`, where it finds this package installed with its entry points."""
    entry_points = folder / "site" / "streaming_construct-0.dist-info" / "entry_points.txt"
    entry_points.parent.mkdir(parents=True)
    declared = (ROOT / "pyproject.toml").read_text().partition("entry-points.pytest11]\n")[2]
    entry_points.write_text("[pytest11]\n" + declared.splitlines()[0].replace('"', "") + "\n")
    (entry_points.parent / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: streaming-construct\nVersion: 0\n"
    )
    path = os.pathsep.join([str(ROOT), str(entry_points.parent.parent)])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *WITHOUT_PLUGINS],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_tests_of_a_user_check_that_an_endpoint_streams(tmp_path: Path) -> None:
    """pytest finds the plugin by its entry point. A failure shows the measured stream.

    An assembly that is not there fails the test with one sentence that says what to do.
    """
    write_assembly(tmp_path / "cdk.out")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_theirs.py").write_text(TESTS)
    status, output = run_pytest(tmp_path)

    assert status == 1, output
    assert "2 passed" in output
    assert "2 failed" in output
    assert "Run `cdk synth` first" in output
    assert "/plain: 200, inconclusive" in output
    (served,) = tmp_path.glob("served-*")
    assert served.read_text().startswith("http://127.0.0.1:")
    assert not processes_of(tmp_path)


def test_a_suite_without_the_fixture_imports_nothing(tmp_path: Path) -> None:
    """Neither the gateway nor CDK is imported."""
    (tmp_path / "test_other.py").write_text(
        "import sys\n"
        "def test_nothing_is_imported():\n"
        "    assert 'streaming_construct.local.pytest_plugin' in sys.modules\n"
        "    heavy = {'aws_cdk', 'jsii', 'httptools', 'streaming_construct.local.local_api'}\n"
        "    assert not heavy & set(sys.modules)\n"
    )
    status, output = run_pytest(tmp_path)

    assert status == 0, output


def processes_of(folder: Path) -> list[str]:
    """Return the processes that work in `folder`, if the system lists them."""
    names = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # a process of another user, or one that ended
            if (process / "cwd").resolve().is_relative_to(folder):
                names.append(process.name)
    return names
