"""The size that the runtime adds to the zip file of a function.

python -m benchmarks.runtime_size
"""

from __future__ import annotations

import compileall
import io
import tempfile
import zipfile
from pathlib import Path

from streaming_construct.runtime import bundle


def zip_size(folder: Path, pattern: str) -> int:
    """Return the size of a zip file of the files of a folder that match a pattern, in bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob(pattern)):
            if file.is_file():
                archive.write(file, file.relative_to(folder))
    return buffer.tell()


def zip_sizes() -> tuple[int, int]:
    """Return the size of the source in a zip file, and of its bytecode, in bytes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, content in bundle.build_runtime_files().items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        source = zip_size(folder, "*")
        compileall.compile_dir(folder, quiet=2)
        return source, zip_size(folder, "*.pyc")


def main() -> None:
    """Print the sizes."""
    files = bundle.build_runtime_files()
    source, bytecode = zip_sizes()
    print(f"{len(files)} files, {sum(map(len, files.values())) / 1000:.0f} kB of source")
    print(f"zip file: {source / 1000:.0f} kB, and {bytecode / 1000:.0f} kB more with bytecode")


if __name__ == "__main__":
    main()
