"""SnapStart: hooks before the snapshot and after the restore.

They are registered with AWS's `snapshot_restore_py`, which managed runtimes bring along:
https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html
What the runtime does around them is that of
https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-custom.html
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from streaming_construct.runtime.runtime_api import RuntimeApi


async def run_snapstart_hooks(api: RuntimeApi) -> None:
    """Let Lambda snapshot this process where SnapStart is on, and do nothing elsewhere.

    Raises:
        SystemExit: A hook failed; the error has been reported.
    """
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") != "snap-start":
        return
    # Not imported here: a function that registers hooks has imported it.
    registry = sys.modules.get("snapshot_restore_py")
    try:
        before = registry.get_before_snapshot() if registry else []
        while before:
            hook, arguments, keywords = before.pop()
            hook(*arguments, **keywords)
        await api.wait_for_restore()
    except Exception as error:  # noqa: BLE001 - whatever a hook raises
        await api.report_error("/init/error", error, "Runtime.BeforeSnapshotError")
        sys.exit(64)
    try:
        for hook, arguments, keywords in registry.get_after_restore() if registry else []:
            hook(*arguments, **keywords)
    except Exception as error:  # noqa: BLE001 - whatever a hook raises
        await api.report_error("/restore/error", error, "Runtime.AfterRestoreError")
        sys.exit(65)
