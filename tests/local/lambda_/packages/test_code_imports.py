"""The imports of the code of a function, from its source."""

from __future__ import annotations

from pathlib import Path

import pytest

from streaming_construct.local.lambda_.packages.code_imports import (
    find_missing_modules,
    find_node_sdk_packages,
    find_python_imports,
)
from tests.support.running_functions import write_files


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import requests", {"requests"}),
        ("import a.b, c as d", {"a", "c"}),
        ("from yaml.loader import Loader", {"yaml"}),
        ("from . import local", set()),
        ("def handler(event, context):\n    import lazy", {"lazy"}),
        ("try:\n    import fast\nexcept ImportError:\n    fast = None", set()),
        ("if TYPE_CHECKING:\n    import types_only", set()),
        ("def broken(:", set()),
    ],
)
def test_the_imports_of_a_file_are_its_unconditional_ones(
    source: str, names: set[str], tmp_path: Path
) -> None:
    """An import in `try`, or one for type checkers, does not count."""
    assert find_python_imports(write_files(tmp_path, {"index.py": source})) == names


def test_packages_that_the_code_contains_are_not_read(tmp_path: Path) -> None:
    """Their imports do not count. The `python -m` of a script counts."""
    code = write_files(
        tmp_path,
        {
            "app.py": "import six_x",
            "six_x/__init__.py": "import unknown",
            "six_x-1.0.dist-info/METADATA": "",
            "run.sh": "#!/bin/sh\nexec python -m uvicorn app:app",
        },
    )

    assert find_python_imports(code) == {"six_x", "uvicorn"}
    assert find_missing_modules({"six_x", "uvicorn", "json", "boto3"}, [code]) == ["uvicorn"]


def test_the_sdk_of_javascript_is_found_in_both_kinds_of_modules(tmp_path: Path) -> None:
    """The code uses `require`, `import` or a file of a package."""
    code = write_files(
        tmp_path,
        {
            "a.js": "const { S3Client } = require('@aws-sdk/client-s3');",
            "b.mjs": 'import { x } from "@aws-sdk/lib-storage"; await import("@smithy/types/a");',
            "node_modules/m/c.js": "require('@aws-sdk/client-sqs')",
        },
    )

    assert find_node_sdk_packages(code) == {
        "@aws-sdk/client-s3",
        "@aws-sdk/lib-storage",
        "@smithy/types",
    }
