"""Bytecode exists for the Python of this process, and changes only the start time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from streaming_construct.packaging.bytecode import add_bytecode, compute_source_hash
from streaming_construct.packaging.lambda_target import LambdaTarget

THIS_PYTHON = f"python{sys.version_info[0]}.{sys.version_info[1]}"
OTHER_PYTHON = f"python3.{sys.version_info[1] + 1}"


def write_function(folder: Path) -> Path:
    folder.mkdir()
    (folder / "app.py").write_text(
        "import sys\n\ndef where():\n    return sys._getframe().f_code\n"
    )
    (folder / "broken.py").write_text("def broken(:\n")
    return folder


def test_the_python_of_the_function_uses_the_bytecode(tmp_path: Path) -> None:
    """It does not read the source, whose path tracebacks have all the same."""
    folder = write_function(tmp_path / "code")

    assert add_bytecode(
        folder, LambdaTarget(runtime=THIS_PYTHON, architecture="arm64"), task_root="/var/task"
    )

    (folder / "app.py").write_text("raise AssertionError('the source was read')\n")
    ask = "import app; print(app.where().co_filename, app.__cached__)"
    paths = subprocess.run(
        [sys.executable, "-c", ask], cwd=folder, capture_output=True, text=True, check=True
    ).stdout.split()
    assert paths[0] == str(folder / "app.py")
    assert Path(paths[1]).is_file()


def test_another_python_gets_no_bytecode(tmp_path: Path) -> None:
    """The bytecode of one minor version does not fit another."""
    folder = write_function(tmp_path / "code")

    assert not add_bytecode(
        folder, LambdaTarget(runtime=OTHER_PYTHON, architecture="arm64"), task_root="/var/task"
    )
    assert sorted(path.name for path in folder.iterdir()) == ["app.py", "broken.py"]


def test_the_hash_is_of_contents_names_and_modes(tmp_path: Path) -> None:
    """The hash does not depend on the folder, and changes with each of the three."""
    original, copy = write_function(tmp_path / "here"), write_function(tmp_path / "there")
    first = compute_source_hash(original)

    assert first == compute_source_hash(copy)
    (copy / "app.py").chmod(0o755)
    assert compute_source_hash(copy) != first
    (original / "app.py").rename(original / "renamed.py")
    assert compute_source_hash(original) != first
    (original / "renamed.py").rename(original / "app.py")
    (original / "app.py").write_text("")
    assert compute_source_hash(original) != first
