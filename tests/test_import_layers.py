"""Folders are small, and import what their docstrings allow. Only the constructs import CDK."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import streaming_construct
from streaming_construct import openapi

pytestmark = pytest.mark.slow
PACKAGE = Path(streaming_construct.__file__).parent
ROOT = Path(__file__).parents[1]
MAX_MODULES = 22
IMPORT = re.compile(
    rf"^ *(?:import {PACKAGE.name}\.([\w.]+)"
    rf"|from {PACKAGE.name}(?:\.([\w.]+))? import (?:\(([^)]*)\)|(.*)))",
    re.MULTILINE,
)
# Imports each module named on standard input, and says of each what it brought along: heavy
# packages, and programs that it started.
REPORTING = """
import json, sys
from importlib import import_module

started = []
sys.addaudithook(lambda event, args: started.append(args[0]) if event == "subprocess.Popen" else 0)
heavy = {"aws_cdk", "jsii", "constructs", "boto3", "botocore"}
report, before = {}, set()
for name in json.load(sys.stdin):
    import_module(name)
    loaded = heavy & {module.split(".")[0] for module in sys.modules}
    report[name] = sorted(map(str, (loaded - before) | set(started)))
    before |= loaded
    started.clear()
print(json.dumps(report))
"""


def imported_modules(*modules: str) -> dict[str, list[str]]:
    """Import `modules`, in order, in a new interpreter; return what each imports or starts."""
    output = run_in_new_interpreter(REPORTING, json.dumps(modules))
    report: dict[str, list[str]] = json.loads(output)
    return report


def run_in_new_interpreter(code: str, standard_input: str = "") -> str:
    finished = subprocess.run(
        [sys.executable, "-c", code],
        input=standard_input,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def light_modules() -> list[str]:
    """Return every module that is not for CDK apps, without programs named `__main__`.

    The modules in `adapted` import the app of a function.
    """
    files = sorted(PACKAGE.rglob("*.py"))
    parts = [file.relative_to(PACKAGE.parent).with_suffix("").parts for file in files]
    return [
        ".".join(part for part in path if part != "__init__")
        for path in parts
        if "constructs" not in path
        and path[-1] not in {"__main__", "streaming_validation"}
        and path[-2:-1] != ("adapted",)
    ]


def test_only_the_constructs_import_cdk_or_start_a_program() -> None:
    """The modules that call AWS import boto3. The command of the doctor does not.

    The command of the doctor does not.
    """
    sdk = {"boto3", "botocore"}
    allowed = {
        "streaming_construct.doctor.checks": sdk,
        "streaming_construct.doctor.target": sdk,
    } | {
        module: sdk
        for module in light_modules()
        if module.startswith("streaming_construct.deployed.")
    }
    modules = light_modules()
    assert modules[0] == "streaming_construct"
    assert "streaming_construct.rules.checks.paths" in modules

    report = imported_modules(*modules)

    assert {
        module: brought
        for module, brought in report.items()
        if set(brought) - allowed.get(module, set())
    } == {}


# Uses the public names named on standard input, one after the other, and says after each whether
# CDK is there; what of it is heavy, and what reads OpenAPI documents, may not be there at the end.
USING = """
import json, sys, streaming_construct

seen = {}
for name in json.load(sys.stdin):
    before = "aws_cdk" in sys.modules
    assert getattr(streaming_construct, name).__name__ == name
    seen[name] = [before, "aws_cdk" in sys.modules]
print(json.dumps([seen, sorted(sys.modules)]))
"""


def test_a_public_name_is_imported_when_it_is_first_used() -> None:
    """Three of them import no CDK."""
    without_cdk = {"JwtClaim", "JwtIssuer", "OpenApi"}
    names = sorted(streaming_construct.__all__, key=lambda name: (name not in without_cdk, name))
    imported, _ = json.loads(run_in_new_interpreter(USING, json.dumps(names)))

    first = names[len(without_cdk)]
    expected = {
        name: [name not in (*without_cdk, first), name not in without_cdk] for name in names
    }
    assert imported == expected


def test_an_api_without_a_document_imports_no_conversion() -> None:
    """Each such module costs a tenth of a synthesis."""
    imported, modules = json.loads(run_in_new_interpreter(USING, json.dumps(["StreamingRestApi"])))

    assert imported == {"StreamingRestApi": [False, True]}
    services = "certificatemanager cloudwatch ec2 lambda logs route53 route53_targets s3 wafv2"
    heavy = {f"aws_cdk.aws_{name}" for name in services.split()} | {
        "streaming_construct.openapi.conversion.converter",
        "streaming_construct.openapi.document",
        "streaming_construct.constructs.routes.openapi_routes",
    }
    assert heavy & set(modules) == set()


def test_dir_lists_the_public_names() -> None:
    """A notebook and an editor can complete them."""
    assert set(streaming_construct.__all__) <= set(dir(streaming_construct))
    assert set(openapi.__all__) <= set(dir(openapi))


def test_an_unknown_name_is_an_attribute_error() -> None:
    """`hasattr` works, and a typing error has the usual exception."""
    module: Any = streaming_construct

    with pytest.raises(AttributeError, match="has no attribute 'StreamingRestAPI'"):
        _ = module.StreamingRestAPI
    assert not hasattr(streaming_construct, "HttpApi")
    assert not hasattr(openapi, "SwaggerApi")


def read_allowed_imports(folder: Path) -> list[str] | None:
    """Return the names after `May import:` in the docstring of a folder; None without them."""
    docstring = ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""
    words = " ".join(docstring.split())
    sentence = re.search(r"May import: (nothing|(?:[^.`]|`[^`]*`)*)", words)
    return re.findall(r"`([^`]+)`", sentence[1]) if sentence else None


def list_imported_modules(folder: Path) -> Iterator[str]:
    """Yield the modules of the package that the modules of a folder import."""
    for file in folder.glob("*.py"):
        for match in IMPORT.finditer(file.read_text()):
            if match[1]:
                yield match[1]
                continue
            parts = tuple(match[2].split(".")) if match[2] else ()
            base = PACKAGE.joinpath(*parts)
            for name in re.findall(r"\w+", match[3] or match[4]):
                is_module = (base / f"{name}.py").exists() or (base / name).is_dir()
                if path := (*parts, name) if is_module else parts:
                    yield ".".join(path)


def test_folders_import_what_their_docstrings_allow() -> None:
    """A folder may import its own subfolders, too. The names of its docstring exist."""
    folders = [file.parent for file in PACKAGE.glob("*/**/__init__.py")]
    problems: list[str] = []
    for folder in folders:
        layer = ".".join(folder.relative_to(PACKAGE).parts)
        allowed = read_allowed_imports(folder)
        if allowed is None:
            problems.append(f"{layer} does not state what it may import")
            continue
        paths = {name: PACKAGE.joinpath(*name.split(".")) for name in allowed}
        problems += [
            f"{layer} names {name}, which does not exist"
            for name, path in paths.items()
            if not (path.is_dir() or path.with_suffix(".py").exists())
        ]
        problems += [
            f"{layer} imports {module}"
            for module in sorted(set(list_imported_modules(folder)))
            if not any(f"{module}.".startswith(f"{name}.") for name in (layer, *allowed))
        ]

    assert len(folders) > 50
    assert problems == []


def test_no_folder_has_more_modules_than_a_reader_can_survey() -> None:
    """The tests mirror the package. Their examples of rules are no modules."""
    folders = [
        folder
        for top in (PACKAGE, ROOT / "tests")
        for folder in (top, *top.rglob("*/"))
        if folder.is_dir() and folder.name != "examples"
    ]
    sizes = {
        folder.relative_to(ROOT).as_posix(): len(
            set(folder.glob("*.py")) - {folder / "__init__.py"}
        )
        for folder in folders
    }

    assert {name: size for name, size in sizes.items() if size > MAX_MODULES} == {}
