"""`build_layer` installs the requirements for the platform of the function, and caches the layer.

pip takes most of a second to start. So one installation with each installer serves many
assertions, and a behavior that `build_layer` has with every installer is tested with uv alone.
"""

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
    compute_layer_hash,
    list_installed_names,
)
from streaming_construct.packaging.lambda_target import LambdaTarget
from streaming_construct.packaging.requirements import Requirements, flatten_requirements
from tests.support.wheelhouse import add_wheel, install_from

ARM = LambdaTarget(runtime="python3.14", architecture="arm64")
ROOT = Path(__file__).parents[2]
# A Python that no test runs on. A marker that holds for it does not hold for the test's Python.
FUTURE = LambdaTarget(runtime="python3.99", architecture="arm64")
INSTALLERS = ("uv", "pip")


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels. The installers find no others."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    install_from(monkeypatch, folder, tmp_path / "cache")
    return folder


@pytest.fixture(params=INSTALLERS)
def installer(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """The only installer that the test can find."""
    use_installer(str(request.param), tmp_path, monkeypatch)
    return str(request.param)


@pytest.fixture
def uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let uv be the installer."""
    use_installer("uv", tmp_path, monkeypatch)


def use_installer(installer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put `uv` on PATH, or nothing: pip belongs to the interpreter."""
    path = tmp_path / f"path-{installer}"
    path.mkdir()
    if installer == "uv":
        uv = shutil.which("uv")
        if uv is None:
            pytest.skip("uv is not on PATH")
        (path / "uv").symlink_to(uv)
    monkeypatch.setenv("PATH", str(path))


def lines(*requirements: str) -> Requirements:
    """Return the requirements of a file with these lines."""
    return Requirements(lines=requirements)


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return mode and content of each file and folder below `folder`."""
    return {
        path.relative_to(folder).as_posix(): (
            path.stat().st_mode,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in folder.rglob("*")
        # There only if the test runs on the Python of the function.
        if "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def layers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One layer by each installer, from the same wheels, with different umasks."""
    folder = tmp_path_factory.mktemp("layers")
    wheels = folder / "wheels"
    wheels.mkdir()
    for machine in ("aarch64", "x86_64"):
        add_wheel(
            wheels,
            "native",
            tag=f"cp399-cp399-manylinux_2_28_{machine}",
            files={"native_machine.txt": machine.encode()},
        )
    add_wheel(wheels, "native", "2.0", tag="cp399-cp399-manylinux_2_39_aarch64")
    this = f"{sys.version_info[0]}.{sys.version_info[1]}"
    markers = {
        "for_this_interpreter": f"python_version == '{this}'",
        "for_the_function": "python_version == '3.99'",
        "for_arm": "platform_machine == 'aarch64' and sys_platform == 'linux'",
        "for_windows": "sys_platform == 'win32'",
    }
    add_wheel(
        wheels,
        "tool",
        requires=[f"{name}; {marker}" for name, marker in markers.items()],
        files={"tool_data/run.sh": b"#!/bin/sh\n"},
        scripts={"tool": "tool:main"},
    )
    for name in markers:
        add_wheel(wheels, name)
    for version in ("1.0", "2.0"):
        add_wheel(wheels, "pinned", version)
    files = {
        "requirements.txt": "-r more.txt\nnative\ntool\n-c pins.txt",
        "more.txt": "pinned",
        "pins.txt": "pinned==1.0",
    }
    built = {}
    for installer, umask in zip(INSTALLERS, (0o022, 0o077), strict=True):
        with pytest.MonkeyPatch.context() as monkeypatch:
            install_from(monkeypatch, wheels, folder / f"cache-{installer}")
            use_installer(installer, folder, monkeypatch)
            old = os.umask(umask)
            try:
                built[installer] = build_layer(flatten_requirements(files), FUTURE)
            finally:
                os.umask(old)
    return built


@pytest.fixture(params=INSTALLERS)
def layer(request: pytest.FixtureRequest, layers: dict[str, Path]) -> Path:
    """The layer that one of the installers made."""
    return layers[str(request.param)]


def test_wheels_fit_the_architecture_and_glibc_of_the_function(layer: Path) -> None:
    """The wheel for aarch64 is taken, and the newer version that needs glibc 2.39 is not."""
    assert (layer / "python" / "native_machine.txt").read_text() == "aarch64"
    assert "1.0" in (layer / "python" / "native.py").read_text()


def test_markers_are_evaluated_for_the_function(layer: Path) -> None:
    """The interpreter and the system that run the installer do not count."""
    names = list_installed_names(layer)
    assert names == ["for_arm", "for_the_function", "native", "pinned", "tool"]


def test_layer_contains_its_requirements(layer: Path) -> None:
    """Another machine can install its requirements.txt, with the constraints beside it."""
    assert "1.0" in (layer / "python" / "pinned.py").read_text()
    assert (layer / "requirements.txt").read_text() == "-c constraints.txt\npinned\nnative\ntool\n"
    assert (layer / "constraints.txt").read_text() == "pinned==1.0\n"


def test_every_installer_makes_the_same_layer(layers: dict[str, Path]) -> None:
    """Each byte and mode is the same, whatever the installer and the umask."""
    uv, pip = (contents(layers[installer]) for installer in INSTALLERS)
    assert uv == pip
    assert [name for name in sorted(uv) if "tool" in name] == [
        "python/tool-1.0.dist-info",
        "python/tool-1.0.dist-info/METADATA",
        "python/tool-1.0.dist-info/RECORD",
        "python/tool-1.0.dist-info/WHEEL",
        "python/tool-1.0.dist-info/entry_points.txt",
        "python/tool.py",
        "python/tool_data",
        "python/tool_data/run.sh",
    ]
    assert "python/bin" not in uv
    assert b"INSTALLER" not in uv["python/tool-1.0.dist-info/RECORD"][1]


@pytest.mark.usefixtures("uv")
def test_amazon_linux_2_gets_wheels_that_it_can_load(wheels: Path) -> None:
    """Python 3.11 runs on glibc 2.26: the older version that fits is taken."""
    add_wheel(wheels, "native", "2.0", tag="cp311-cp311-manylinux_2_28_x86_64")
    add_wheel(wheels, "native", "1.0", tag="cp311-cp311-manylinux2014_x86_64")
    layer = build_layer(lines("native"), LambdaTarget(runtime="python3.11", architecture="x86_64"))
    assert "1.0" in (layer / "python" / "native.py").read_text()


@pytest.mark.usefixtures("uv")
def test_a_layer_for_this_python_contains_bytecode(wheels: Path) -> None:
    """A function on Lambda cannot store the bytecode that it compiles."""
    add_wheel(wheels, "demo")
    minor = sys.version_info[1]
    layer = build_layer(
        lines("demo"), LambdaTarget(runtime=f"python3.{minor}", architecture="arm64")
    )

    names = [path.name for path in (layer / "python" / "__pycache__").iterdir()]
    assert names == [f"demo.cpython-3{minor}.pyc"]


def test_hash_depends_on_the_inputs_alone() -> None:
    """The inputs are requirements, constraints, Python and platform."""
    inputs = [
        (lines("a==1"), ARM),
        (lines("a==2"), ARM),
        (Requirements(lines=("a==1",), constraints=("b==1",)), ARM),
        (lines("a==1"), LambdaTarget(runtime="python3.13", architecture="arm64")),
        (lines("a==1"), LambdaTarget(runtime="python3.14", architecture="x86_64")),
    ]
    assert len({compute_layer_hash(*arguments) for arguments in inputs}) == len(inputs)
    assert compute_layer_hash(
        flatten_requirements({"requirements.txt": "# x\r\na==1\r\n"}), ARM
    ) == compute_layer_hash(lines("a==1"), ARM)


def test_the_cache_is_in_the_cache_folder_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path in the variable is ignored."""
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("XDG_CACHE_HOME", "/fast/cache")
    assert cache_dir() == Path("/fast/cache/streaming-construct")
    for value in ("", "cache"):
        monkeypatch.setenv("XDG_CACHE_HOME", value)
        assert cache_dir() == Path("/home/me/.cache/streaming-construct")


@pytest.mark.usefixtures("uv")
def test_cached_layer_is_not_installed_again(
    wheels: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second call needs no installer and no wheel, and announces no installation."""
    add_wheel(wheels, "demo")
    first = build_layer(lines("demo"), ARM)
    shutil.rmtree(wheels)
    assert build_layer(lines("demo"), ARM) == first
    (announced,) = capsys.readouterr().err.splitlines()
    platform = f"{ARM.runtime} on {ARM.architecture}"
    assert announced == f"installing requirements.txt for {platform}; later runs use the cache"


def test_two_processes_build_one_complete_layer(wheels: Path) -> None:
    """Processes that start at the same time return one path, and leave no other folder behind."""
    for number in range(10):
        add_wheel(wheels, f"demo{number}")
    program = (
        "from streaming_construct.packaging.dependency_layer import build_layer\n"
        "from streaming_construct.packaging.requirements import Requirements\n"
        "from streaming_construct.packaging.lambda_target import LambdaTarget\n"
        "import sys; sys.stdin.read()\n"
        "lines = tuple(f'demo{n}' for n in range(10))\n"
        "target = LambdaTarget(runtime='python3.14', architecture='arm64')\n"
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
        for _ in range(2)
    ]
    for child in children:
        assert child.stdin
        child.stdin.close()
    paths = set()
    for child in children:
        assert child.stdout
        with child.stdout:
            paths.add(child.stdout.read().strip())
        assert child.wait(timeout=60) == 0
    (layer,) = map(Path, paths)
    assert len(list_installed_names(layer)) == 10
    assert [path.name for path in layer.parent.iterdir()] == [layer.name]


@pytest.mark.usefixtures("wheels")
def test_failed_installation_shows_the_output_of_the_installer(
    installer: str, tmp_path: Path
) -> None:
    """The message names the runtime and the architecture. No folder is left in the cache."""
    output = {
        "pip": "No matching distribution found for nowhere==1.0",
        "uv": "you require nowhere==1.0",
    }
    with pytest.raises(ValueError, match=r"for python3\.14 on arm64") as failure:
        build_layer(lines("nowhere==1.0"), ARM)
    message = " ".join(str(failure.value).split())  # uv breaks lines at the width of the terminal
    assert f"{installer} could not install requirements.txt" in message
    assert output[installer] in message
    assert list((tmp_path / "cache" / "streaming-construct" / "layers").iterdir()) == []


@pytest.mark.usefixtures("wheels")
def test_without_uv_and_pip_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An environment made by uv has no pip."""
    use_installer("pip", tmp_path, monkeypatch)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(ValueError, match="Put uv on PATH, or install pip into the environment"):
        build_layer(lines("demo"), ARM)


def add_wheel_for_windows(wheels: Path) -> None:
    """Add a package that has no wheel for the function."""
    add_wheel(wheels, "built", tag="cp314-cp314-win_amd64")


@pytest.mark.usefixtures("installer")
def test_missing_wheel_without_docker_is_an_error(wheels: Path) -> None:
    """The message says that Docker does not run, and what else to do."""
    add_wheel_for_windows(wheels)
    with pytest.raises(ValueError, match=r"'docker' does not respond. Start it, or require"):
        build_layer(lines("built==1.0"), ARM)


def test_no_code_of_a_package_runs_at_synthesis(
    tmp_path: Path, installer: str, wheels: Path
) -> None:
    """The package is named by a URL, or comes from an index and a line allows its build."""
    trace = tmp_path / "executed"
    folder = tmp_path / "evil-1.0"
    folder.mkdir()
    (folder / "setup.py").write_text(f"open({str(trace)!r}, 'w')\n")
    archive = shutil.make_archive(str(wheels / "evil-1.0"), "gztar", tmp_path, "evil-1.0")
    for requirements in ((f"evil @ file://{archive}",), ("--no-binary :all:", "evil==1.0")):
        with pytest.raises(ValueError, match=f"{installer} could not install"):
            build_layer(lines(*requirements), ARM)
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


@pytest.mark.usefixtures("uv")
def test_missing_wheel_is_built_in_docker(
    wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program in CDK_DOCKER runs AWS's build image."""
    add_wheel_for_windows(wheels)
    log = fake_docker(tmp_path, monkeypatch, FAKE_DOCKER)
    layer = build_layer(lines("built==1.0"), ARM)
    assert (layer / "python" / "built.py").read_text() == "built\n"
    version, run = log.read_text().splitlines()
    assert version == "version"
    assert "public.ecr.aws/sam/build-python3.14 python -m pip install" in run


@pytest.mark.usefixtures("uv")
def test_failed_build_in_docker_shows_both_failures(
    wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message has the output of the installer, then that of pip in the image."""
    add_wheel_for_windows(wheels)
    script = '#!/bin/sh\n[ "$1" = version ] || { echo no compiler >&2; exit 1; }\n'
    fake_docker(tmp_path, monkeypatch, script)
    with pytest.raises(ValueError, match=r"(?s)built.*pip in .* failed too:\nno compiler"):
        build_layer(lines("built==1.0"), ARM)


@pytest.fixture(scope="module")
def package_index(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skip if pip reaches no package index."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "markupsafe==3.0.3"]
    folder = tmp_path_factory.mktemp("download")
    download = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if download.returncode:
        pytest.skip(f"pip reaches no package index: {download.stderr.strip()}")


@pytest.mark.wheel
@pytest.mark.usefixtures("package_index", "installer")
def test_real_native_package_is_installed_for_another_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wheel for aarch64 comes from the index, whatever the machine of the test is."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    layer = build_layer(lines("markupsafe==3.0.3"), ARM)
    (library,) = layer.rglob("*.so")
    header = library.read_bytes()[:20]
    assert header[:4] == b"\x7fELF"
    assert int.from_bytes(header[18:20], "little") == 183, "not AArch64"
