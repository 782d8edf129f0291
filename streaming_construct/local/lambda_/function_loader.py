"""From a function of the model to folders, programs and packages of this machine."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import shutil
import stat
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from streaming_construct.aws.web_adapter import is_adapter_layer
from streaming_construct.local.lambda_.environment_variables import read_caller_credentials
from streaming_construct.local.lambda_.file_system import make_read_only
from streaming_construct.local.lambda_.invocation import FunctionNotRunnableError
from streaming_construct.local.lambda_.loaded_function import LoadedFunction
from streaming_construct.local.lambda_.options import LambdaOptions
from streaming_construct.local.lambda_.packages.code_archive import (
    UnsafeArchiveError,
    extract_archive,
    write_inline_code,
)
from streaming_construct.local.lambda_.packages.code_imports import (
    PYTHON_SDK,
    find_missing_modules,
    find_node_sdk_packages,
    find_python_imports,
    is_importable,
)
from streaming_construct.local.lambda_.packages.host_python import create_host_python_dir
from streaming_construct.local.lambda_.packages.install_progress import InstallProgress
from streaming_construct.local.lambda_.packages.python_environment import create_python_environment
from streaming_construct.local.lambda_.packages.python_interpreters import (
    create_bare_environment,
    find_interpreter,
    format_missing_message,
)
from streaming_construct.local.lambda_.packages.runtime_sdk import (
    SdkError,
    install_node_sdk,
    install_python_sdk,
    link_python_sdk,
)
from streaming_construct.local.lambda_.processes.mount_namespace import find_unavailable_reason
from streaming_construct.local.lambda_.runtimes import container_image, nodejs
from streaming_construct.local.lambda_.runtimes.provided import list_layer_extensions
from streaming_construct.model.functions import Function, Layer
from streaming_construct.model.unknown_element import describe_unknown

# Enough for the code of a function; packages are the same everywhere.
_MOST_FILES: Final = 2_000
_SDK_MODULES: Final = frozenset(PYTHON_SDK[:2])


class FunctionLoader:
    """Loads functions; files that it creates are in `scratch`.

    `notes` has lines about differences from Lambda, by function id.
    """

    def __init__(self, options: LambdaOptions, scratch: Path, progress: InstallProgress) -> None:
        self._options = options
        self._scratch = scratch
        self._progress = progress
        self._sdk_lock = asyncio.Lock()  # functions share the SDK, which is installed once
        self._host_python = create_host_python_dir(scratch)
        wants_isolation = options.file_system == "lambda" and options.sandbox is None
        self.isolation_problem = find_unavailable_reason() if wants_isolation else None
        self._is_isolated = wants_isolation and self.isolation_problem is None
        self.notes: dict[str, list[str]] = {}

    def load(self, function: Function) -> LoadedFunction:
        """Return a function as it is before its packages are installed.

        Raises:
            FunctionNotRunnableError: It cannot run on this machine.
        """
        self.notes[function.id] = []
        options = self._options
        function = dataclasses.replace(
            function, layers=tuple(map(self._add_layer_code, function.layers))
        )
        credentials = read_caller_credentials() if options.inherit_credentials else {}
        command = ""
        if container_image.is_customer_managed(function):
            function, command = container_image.set_command(function, options.image_commands)
        if function.unknown:
            raise FunctionNotRunnableError("; ".join(describe_unknown(function.unknown)))
        if function.is_container_image:
            return self._load_image(function, credentials)
        if function.code is None and function.inline_code is None:
            # The reader of the template knows better why.
            raise FunctionNotRunnableError(
                "Code: " + function.unresolved.get("Code", "the template names none")
            )
        return self._add_packages(
            LoadedFunction(
                function=function,
                code=Path(),
                layers=(),
                requirements=(),
                python=self._host_python,
                command=command,
                credentials=credentials,
                logs_reports=not options.quiet,
                freezes=options.freezes,
                has_limits=options.limits,
                is_isolated=self._is_isolated,
                sandbox=options.sandbox,
            )
        )

    def _load_image(self, function: Function, credentials: Mapping[str, str]) -> LoadedFunction:
        options = self._options
        loaded = container_image.load_function(
            function, options.image_commands, python=self._host_python, credentials=credentials
        )
        return dataclasses.replace(
            loaded,
            logs_reports=not options.quiet,
            freezes=options.freezes,
            has_limits=options.limits,
            sandbox=options.sandbox,
        )

    def is_installation_needed(self, loaded: LoadedFunction) -> bool:
        """Return whether `install` has anything to install or to link."""
        return bool(loaded.requirements or _find_missing_sdk(loaded))

    async def install(self, loaded: LoadedFunction) -> LoadedFunction:
        """Return the function with its requirements, and the SDK that Lambda's runtime brings.

        Raises:
            InstallError: The requirements could not be installed.
            OSError: The cache cannot be written.
        """
        runtime = loaded.function.runtime or ""
        if loaded.requirements:
            python = await create_python_environment(
                loaded.requirements,
                find_interpreter(runtime),
                self._progress,
                allow_builds=self._options.allow_builds,
            )
            loaded = self._link_sdk(dataclasses.replace(loaded, python=python))
        try:
            async with self._sdk_lock:
                return await self._install_sdk(loaded)
        except SdkError as error:
            packages = ", ".join(_find_missing_sdk(loaded))
            self._add_note(
                loaded,
                f"the code needs {packages}, which Lambda's runtime has. The gateway could not "
                f"install them: {error}. Install them in this folder.",
            )
            return loaded

    def _add_layer_code(self, layer: Layer) -> Layer:
        code = self._options.layers.get(layer.arn or "")
        return dataclasses.replace(layer, code=code) if code else layer

    def _add_packages(self, loaded: LoadedFunction) -> LoadedFunction:
        function = loaded.function
        try:
            code = self._find_code(function)
            layers = [
                extract_archive(layer.code, self._scratch)
                for layer in function.layers
                if layer.code
            ]
        except (OSError, UnsafeArchiveError) as error:
            raise FunctionNotRunnableError(f"the code cannot be read: {error}") from error
        files = [folder / "requirements.txt" for folder in (code, *layers)] * _is_python(function)
        requirements = tuple(file for file in files if file.is_file())
        loaded = dataclasses.replace(
            loaded,
            code=code,
            layers=tuple(
                layer for layer in layers if layer / "requirements.txt" not in requirements
            ),
            requirements=requirements,
            extensions=tuple(
                extension for layer in layers for extension in list_layer_extensions(layer)
            ),
        )
        self._note_unknown_layers(loaded)
        if function.code is not None:
            self._note_unreadable_files(loaded)
        if _is_python(function):
            return self._add_python(loaded)
        if (function.runtime or "").startswith("nodejs"):
            return self._add_nodejs(loaded)
        return loaded

    def _add_python(self, loaded: LoadedFunction) -> LoadedFunction:
        runtime = loaded.function.runtime or ""
        interpreter = find_interpreter(runtime)
        if interpreter.version != runtime.removeprefix("python"):
            self._add_note_to_all(loaded, format_missing_message(runtime))
        if loaded.requirements:
            if not any(loaded.code.glob("*.dist-info")) and len(loaded.requirements) == 1:
                self._note_uninstalled(loaded)
            return loaded
        folders = (loaded.code, *_list_layer_folders(loaded))
        missing = find_missing_modules(find_python_imports(loaded.code), folders)
        foreign = [name for name in missing if is_importable(name)]
        if foreign:
            self._add_note(
                loaded,
                f"the code imports {', '.join(foreign)} from the environment of the gateway. "
                "The code and its layers do not contain them, so on AWS the import fails. "
                "Add them to the requirements.",
            )
        elif not interpreter.is_host:
            with suppress(OSError):  # the cache cannot be written: the gateway's own Python
                loaded = dataclasses.replace(loaded, python=create_bare_environment(interpreter))
        return self._link_sdk(loaded)

    def _link_sdk(self, loaded: LoadedFunction) -> LoadedFunction:
        folder = Path(tempfile.mkdtemp(dir=self._scratch)) / "sdk"
        sdk = link_python_sdk(folder, (loaded.code, *_list_python_folders(loaded)))
        return dataclasses.replace(loaded, sdk=sdk)

    async def _install_sdk(self, loaded: LoadedFunction) -> LoadedFunction:
        missing = _find_missing_sdk(loaded)
        if not missing:
            return loaded
        if _is_python(loaded.function):
            sdk = await install_python_sdk(self._progress)
        else:
            projects = (Path.cwd(), loaded.function.code or Path.cwd())
            sdk = await install_node_sdk(missing, projects, self._scratch, self._progress)
            if not loaded.is_isolated:
                self._link_above_code(sdk)
        return dataclasses.replace(loaded, sdk=sdk)

    def _link_above_code(self, sdk: Path) -> None:
        """Let ES modules find the SDK, which ignore NODE_PATH: in a folder above the code."""
        link = self._scratch / "node_modules"
        if not link.is_symlink():
            link.symlink_to(sdk / "node_modules")

    def _find_code(self, function: Function) -> Path:
        if function.code is None:
            source = function.inline_code or ""
            return write_inline_code(source, function.runtime or "", self._scratch)
        code = extract_archive(function.code, self._scratch)
        if self.isolation_problem:
            # A copy, so that no function changes the cloud assembly.
            copy = Path(tempfile.mkdtemp(dir=self._scratch)) / "task"
            shutil.copytree(code, copy, symlinks=True)
            make_read_only(copy)
            return copy
        return code

    def _note_unknown_layers(self, loaded: LoadedFunction) -> None:
        for layer in loaded.function.layers:
            if layer.arn and layer.code is None and not is_adapter_layer(layer.arn):
                self._add_note(
                    loaded,
                    f"the layer {layer.arn} is not on this machine. "
                    f"Pass --layer {layer.arn}=DIR with a folder or zip file of its content.",
                )

    def _note_uninstalled(self, loaded: LoadedFunction) -> None:
        if loaded.requirements[0].parent == loaded.code:
            self._add_note(
                loaded,
                "the code contains requirements.txt, but not the packages. The gateway installs "
                "them, AWS does not. Bundle them, for example by PythonWebFunction or `sam build`.",
            )

    def _add_nodejs(self, loaded: LoadedFunction) -> LoadedFunction:
        runtime = loaded.function.runtime or ""
        if message := nodejs.format_version_message(runtime):
            self._add_note_to_all(loaded, message)
        return dataclasses.replace(loaded, node=Path(nodejs.find_runtime(runtime)).parent)

    def _note_unreadable_files(self, loaded: LoadedFunction) -> None:
        """Name the first file that the user of Lambda cannot read: zip files keep permissions.

        https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html
        """
        for path in itertools.islice(loaded.code.rglob("*"), _MOST_FILES):
            required_mode = stat.S_IROTH | (stat.S_IXOTH if path.is_dir() else 0)
            mode = path.lstat().st_mode
            if not stat.S_ISLNK(mode) and mode & required_mode != required_mode:
                self._add_note(
                    loaded,
                    f"{path.relative_to(loaded.code)} has the mode {stat.S_IMODE(mode):o}: on AWS, "
                    "Lambda's user cannot read it. Set 644 for files and 755 for folders.",
                )
                return

    def _add_note(self, loaded: LoadedFunction, line: str) -> None:
        self.notes[loaded.function.id].append(f"function {loaded.display_name}: {line}")

    def _add_note_to_all(self, loaded: LoadedFunction, line: str) -> None:
        """Add a line that does not depend on the function."""
        self.notes[loaded.function.id].append(line)


def _find_missing_sdk(loaded: LoadedFunction) -> frozenset[str]:
    """Return the modules of the SDK that the code imports, and that nothing provides yet."""
    if loaded.sdk is not None or loaded.function.is_container_image:
        return frozenset()
    if _is_python(loaded.function):
        imported = find_python_imports(loaded.code) & _SDK_MODULES
        folders = (loaded.code, *_list_python_folders(loaded))
        return frozenset(
            name for name in imported if not any((folder / name).is_dir() for folder in folders)
        )
    if not (loaded.function.runtime or "").startswith("nodejs"):
        return frozenset()
    modules = [loaded.code / "node_modules", *(x / "nodejs/node_modules" for x in loaded.layers)]
    return frozenset(
        name
        for name in find_node_sdk_packages(loaded.code)
        if not any((folder / name).is_dir() for folder in modules)
    )


def _list_python_folders(loaded: LoadedFunction) -> tuple[Path, ...]:
    """Return the folders of packages: of layers, and of the environment of the interpreter."""
    return (*_list_layer_folders(loaded), *loaded.python.parent.glob("lib/python*/site-packages"))


def _list_layer_folders(loaded: LoadedFunction) -> tuple[Path, ...]:
    runtime = loaded.function.runtime or ""
    return tuple(
        layer / "python" / name
        for layer in loaded.layers
        for name in ("", f"lib/{runtime}/site-packages")
    )


def _is_python(function: Function) -> bool:
    return (function.runtime or "").startswith("python")
