"""Dependencies become a layer: for the function's machine, whoever installs, once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from streaming_construct.packaging.dependency_layer import (
    build_layer,
    cache_dir,
    installed_names,
    layer_hash,
)
from streaming_construct.packaging.lambda_target import Target
from streaming_construct.packaging.requirements import Requirements, flatten_requirements
from tests.support.wheelhouse import add_wheel, install_from

ARM = Target(runtime="python3.14", architecture="arm64")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    install_from(monkeypatch, folder, tmp_path / "cache")
    return folder


@pytest.fixture(params=["uv", "pip"])
def installer(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """Let only one installer be found; pip belongs to the interpreter, uv is found on PATH."""
    use(str(request.param), tmp_path, monkeypatch)
    return str(request.param)


def use(installer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / f"path-{installer}"
    path.mkdir()
    if installer == "uv":
        uv = shutil.which("uv")
        if uv is None:
            pytest.skip("uv is not on PATH")
        (path / "uv").symlink_to(uv)
    monkeypatch.setenv("PATH", str(path))


def of(*lines: str) -> Requirements:
    return Requirements(lines=lines)


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        path.relative_to(folder).as_posix(): (
            path.stat().st_mode,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in folder.rglob("*")
        # There only where this Python is the function's.
        if "__pycache__" not in path.parts
    }


@pytest.mark.usefixtures("installer")
def test_wheels_are_the_functions_not_this_machines(wheels: Path) -> None:
    """The native wheel for aarch64, Python 3.14 and glibc up to 2.34 is taken."""
    for machine in ("aarch64", "x86_64"):
        add_wheel(
            wheels,
            "native",
            tag=f"cp314-cp314-manylinux_2_28_{machine}",
            files={"native_machine.txt": machine.encode()},
        )
    layer = build_layer(of("native==1.0"), ARM)
    assert (layer / "python" / "native_machine.txt").read_text() == "aarch64"


@pytest.mark.usefixtures("installer")
def test_amazon_linux_2_is_not_given_wheels_it_cannot_load(wheels: Path) -> None:
    """Python 3.11 runs on glibc 2.26: the older version that fits is taken."""
    add_wheel(wheels, "native", "2.0", tag="cp311-cp311-manylinux_2_28_x86_64")
    add_wheel(wheels, "native", "1.0", tag="cp311-cp311-manylinux2014_x86_64")
    layer = build_layer(of("native"), Target(runtime="python3.11", architecture="x86_64"))
    assert "1.0" in (layer / "python" / "native.py").read_text()


@pytest.mark.usefixtures("installer")
def test_markers_are_evaluated_for_the_function(wheels: Path) -> None:
    """Whatever interpreter and system installs."""
    wrong, right = f"{sys.version_info[0]}.{sys.version_info[1]}", "3.99"
    add_wheel(
        wheels,
        "main",
        requires=[
            f"for_this_interpreter; python_version == '{wrong}'",
            f"for_the_function; python_version == '{right}'",
            "for_arm; platform_machine == 'aarch64' and sys_platform == 'linux'",
            "for_windows; sys_platform == 'win32'",
        ],
    )
    for name in ("for_this_interpreter", "for_the_function", "for_arm", "for_windows"):
        add_wheel(wheels, name)
    layer = build_layer(of("main"), Target(runtime=f"python{right}", architecture="arm64"))
    assert installed_names(layer) == ["for_arm", "for_the_function", "main"]


def test_every_installer_makes_the_same_layer(
    wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Byte by byte and mode by mode: no installer, interpreter, path or umask shows."""
    add_wheel(
        wheels,
        "tool",
        requires=["other"],
        files={"tool_data/run.sh": b"#!/bin/sh\n"},
        scripts={"tool": "tool:main"},
    )
    add_wheel(wheels, "other", "2.0")
    made = []
    for installer, umask in (("uv", 0o022), ("pip", 0o077)):
        use(installer, tmp_path, monkeypatch)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / f"cache-{installer}"))
        old = os.umask(umask)
        try:
            made.append(contents(build_layer(of("tool", "other==2.0"), ARM)))
        finally:
            os.umask(old)
    assert made[0] == made[1]
    assert sorted(made[0]) == [
        "python",
        "python/other-2.0.dist-info",
        "python/other-2.0.dist-info/METADATA",
        "python/other-2.0.dist-info/RECORD",
        "python/other-2.0.dist-info/WHEEL",
        "python/other.py",
        "python/tool-1.0.dist-info",
        "python/tool-1.0.dist-info/METADATA",
        "python/tool-1.0.dist-info/RECORD",
        "python/tool-1.0.dist-info/WHEEL",
        "python/tool-1.0.dist-info/entry_points.txt",
        "python/tool.py",
        "python/tool_data",
        "python/tool_data/run.sh",
        "requirements.txt",
    ]
    assert b"INSTALLER" not in made[0]["python/tool-1.0.dist-info/RECORD"][1]


def test_a_layer_for_this_python_carries_bytecode(wheels: Path) -> None:
    """No cold start on Lambda could keep what it compiles."""
    add_wheel(wheels, "demo")
    minor = sys.version_info[1]
    layer = build_layer(of("demo"), Target(runtime=f"python3.{minor}", architecture="arm64"))

    found = [path.name for path in (layer / "python" / "__pycache__").iterdir()]
    assert found == [f"demo.cpython-3{minor}.pyc"]


@pytest.mark.usefixtures("installer")
def test_layer_says_what_it_was_made_from(wheels: Path) -> None:
    """Its requirements.txt, constraints beside it, can be installed on another machine."""
    add_wheel(wheels, "demo", "1.0")
    add_wheel(wheels, "demo", "2.0")
    files = {"requirements.txt": "-r more.txt\n-c pins.txt", "more.txt": "demo", "pins.txt": ""}
    layer = build_layer(flatten_requirements({**files, "pins.txt": "demo==1.0"}), ARM)
    assert "1.0" in (layer / "python" / "demo.py").read_text()
    assert (layer / "requirements.txt").read_text() == "-c constraints.txt\ndemo\n"
    assert (layer / "constraints.txt").read_text() == "demo==1.0\n"


def test_hash_is_of_the_inputs_alone() -> None:
    """What changes the layer changes the hash: requirements, constraints, Python, platform."""
    inputs = [
        (of("a==1"), ARM),
        (of("a==2"), ARM),
        (Requirements(lines=("a==1",), constraints=("b==1",)), ARM),
        (of("a==1"), Target(runtime="python3.13", architecture="arm64")),
        (of("a==1"), Target(runtime="python3.14", architecture="x86_64")),
    ]
    assert len({layer_hash(*given) for given in inputs}) == len(inputs)
    assert layer_hash(
        flatten_requirements({"requirements.txt": "# x\r\na==1\r\n"}), ARM
    ) == layer_hash(of("a==1"), ARM)


def test_layers_are_kept_where_the_user_keeps_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable counts if it is an absolute path."""
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("XDG_CACHE_HOME", "/fast/cache")
    assert cache_dir() == Path("/fast/cache/streaming-construct")
    for value in ("", "cache"):
        monkeypatch.setenv("XDG_CACHE_HOME", value)
        assert cache_dir() == Path("/home/me/.cache/streaming-construct")


def test_kept_layer_is_not_installed_again(
    wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second time no installer and no wheel is needed."""
    add_wheel(wheels, "demo")
    use("pip", tmp_path, monkeypatch)
    first = build_layer(of("demo"), ARM)
    shutil.rmtree(wheels)
    assert build_layer(of("demo"), ARM) == first


def test_two_at_once_make_one_whole_layer(wheels: Path) -> None:
    """Separate processes that start together agree, and leave nothing half made behind."""
    for number in range(10):
        add_wheel(wheels, f"demo{number}")
    program = (
        "from streaming_construct.packaging.dependency_layer import build_layer\n"
        "from streaming_construct.packaging.requirements import Requirements\n"
        "from streaming_construct.packaging.lambda_target import Target\n"
        "import sys; sys.stdin.read()\n"
        "lines = tuple(f'demo{n}' for n in range(10))\n"
        "target = Target(runtime='python3.14', architecture='arm64')\n"
        "print(build_layer(Requirements(lines=lines), target))\n"
    )
    children = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for child in children:
        assert child.stdin
        child.stdin.close()
    said = set()
    for child in children:
        assert child.stdout
        with child.stdout:
            said.add(child.stdout.read().strip())
        assert child.wait(timeout=60) == 0
    (layer,) = map(Path, said)
    assert len(installed_names(layer)) == 10
    assert [path.name for path in layer.parent.iterdir()] == [layer.name]


@pytest.mark.usefixtures("wheels")
def test_failed_install_shows_the_installers_own_words(installer: str) -> None:
    """With what was installed for which function, and how to go on."""
    words = {
        "pip": "No matching distribution found for nowhere==1.0",
        "uv": "you require nowhere==1.0",
    }
    with pytest.raises(ValueError, match=r"for python3\.14 on arm64") as failure:
        build_layer(of("nowhere==1.0"), ARM)
    said = " ".join(str(failure.value).split())  # uv breaks lines where the terminal's end is
    assert f"{installer} could not install requirements.txt" in said
    assert words[installer] in said


@pytest.mark.usefixtures("wheels")
def test_without_uv_and_pip_the_refusal_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An environment made by uv has no pip."""
    use("pip", tmp_path, monkeypatch)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(ValueError, match="Put uv on PATH, or install pip into the environment"):
        build_layer(of("demo"), ARM)


@pytest.mark.usefixtures("wheels")
def test_failed_install_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next attempt starts afresh."""
    use("pip", tmp_path, monkeypatch)
    with pytest.raises(ValueError, match="could not install"):
        build_layer(of("nowhere"), ARM)
    assert list((tmp_path / "cache" / "streaming-construct" / "layers").iterdir()) == []


def sdist_only(wheels: Path) -> None:
    add_wheel(wheels, "built", tag="cp314-cp314-win_amd64")


@pytest.mark.usefixtures("installer")
def test_missing_wheel_without_docker_says_so(wheels: Path) -> None:
    """Docker is named with what else can be done."""
    sdist_only(wheels)
    with pytest.raises(ValueError, match=r"'docker' does not respond. Start it, or require"):
        build_layer(of("built==1.0"), ARM)


def test_no_code_of_a_package_runs_at_synthesis(
    tmp_path: Path, installer: str, wheels: Path
) -> None:
    """Neither that of a URL nor, if a line allows it, that of an index."""
    trace = tmp_path / "executed"
    folder = tmp_path / "evil-1.0"
    folder.mkdir()
    (folder / "setup.py").write_text(f"open({str(trace)!r}, 'w')\n")
    archive = shutil.make_archive(str(wheels / "evil-1.0"), "gztar", tmp_path, "evil-1.0")
    for lines in ((f"evil @ file://{archive}",), ("--no-binary :all:", "evil==1.0")):
        with pytest.raises(ValueError, match=f"{installer} could not install"):
            build_layer(of(*lines), ARM)
        assert not trace.exists()


FAKE_DOCKER = """\
#!/bin/sh
echo "$@" >> "$DOCKER_LOG"
case "$1" in
  run) mkdir -p layer/python/built-1.0.dist-info && echo built > layer/python/built.py ;;
esac
"""


def fake_docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    docker, log = tmp_path / "engine", tmp_path / "docker.log"
    docker.write_text(script)
    docker.chmod(0o755)
    monkeypatch.setenv("CDK_DOCKER", str(docker))
    monkeypatch.setenv("DOCKER_LOG", str(log))
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:/usr/bin:/bin")
    return log


@pytest.mark.usefixtures("installer")
def test_missing_wheel_is_built_in_docker_where_it_answers(
    wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine that CDK itself would use runs AWS's build image."""
    sdist_only(wheels)
    log = fake_docker(tmp_path, monkeypatch, FAKE_DOCKER)
    layer = build_layer(of("built==1.0"), ARM)
    assert (layer / "python" / "built.py").read_text() == "built\n"
    asked, ran = log.read_text().splitlines()
    assert asked == "version"
    assert "public.ecr.aws/sam/build-python3.14 python -m pip install" in ran


@pytest.mark.usefixtures("installer")
def test_failed_build_in_docker_shows_both_failures(
    wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The installer's words, then those of pip in the image."""
    sdist_only(wheels)
    script = '#!/bin/sh\n[ "$1" = version ] || { echo no compiler >&2; exit 1; }\n'
    fake_docker(tmp_path, monkeypatch, script)
    with pytest.raises(ValueError, match=r"(?s)built.*pip in .* failed too:\nno compiler"):
        build_layer(of("built==1.0"), ARM)


@pytest.fixture(scope="module")
def package_index(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skip where no package index answers: not every machine that runs the tests has one."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "markupsafe==3.0.3"]
    folder = tmp_path_factory.mktemp("download")
    asked = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if asked.returncode:
        pytest.skip(f"no package index answers pip: {asked.stderr.strip()}")


@pytest.mark.slow
@pytest.mark.usefixtures("package_index", "installer")
def test_real_native_package_is_installed_for_another_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the index, a wheel for aarch64 arrives whatever this machine is."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    layer = build_layer(of("markupsafe==3.0.3"), ARM)
    (library,) = layer.rglob("*.so")
    header = library.read_bytes()[:20]
    assert header[:4] == b"\x7fELF"
    assert int.from_bytes(header[18:20], "little") == 183, "not AArch64"
