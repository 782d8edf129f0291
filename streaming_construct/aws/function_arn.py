"""The ARN of a Lambda function, in parts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_NAME: Final = re.compile(r"[A-Za-z0-9-_]{1,140}")
_QUALIFIER: Final = re.compile(r"\$LATEST|[A-Za-z0-9-_]{1,128}")


@dataclass(frozen=True, kw_only=True)
class FunctionArn:
    """A function's ARN; `qualifier` is the version or alias, None when it names neither."""

    partition: str
    region: str
    account: str
    name: str
    qualifier: str | None = None


def parse_function_arn(arn: str) -> FunctionArn | None:
    """Return the parts of `arn`, or None where it is not the ARN of a Lambda function.

    Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
    """
    parts = arn.split(":")
    if len(parts) not in (7, 8) or [parts[0], parts[2], parts[5]] != ["arn", "lambda", "function"]:
        return None
    name, qualifier = parts[6], parts[7] if len(parts) == 8 else None
    if not _NAME.fullmatch(name) or (qualifier is not None and not _QUALIFIER.fullmatch(qualifier)):
        return None
    return FunctionArn(
        partition=parts[1], region=parts[3], account=parts[4], name=name, qualifier=qualifier
    )
