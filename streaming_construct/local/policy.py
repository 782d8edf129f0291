"""IAM policies as far as Lambda authorizers return them: may this method be called?

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final

_INVOKE: Final = "execute-api:invoke"
_MEMBERS: Final = frozenset({"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource"})


class PolicyError(ValueError):
    """It is not a policy that can be evaluated; the message says what is wrong."""


class Verdict(Enum):
    """What a policy says of a method; a denial wins over every allowance."""

    ALLOWED = "allowed"
    DENIED = "denied"
    NOT_MENTIONED = "not mentioned"


def judge(policy: object, arn: str) -> Verdict:
    """Evaluate a policy document for the invocation of a method.

    `*` in a resource stands for any characters, slashes too, `?` for one.

    Raises:
        PolicyError: It is not a policy, or has conditions, which are not evaluated here.
    """
    effects = {effect for effect, applies in _statements(policy, arn) if applies}
    if "Deny" in effects:
        return Verdict.DENIED
    return Verdict.ALLOWED if "Allow" in effects else Verdict.NOT_MENTIONED


def _statements(policy: object, arn: str) -> Iterator[tuple[str, bool]]:
    """Yield each statement's effect, and whether it applies."""
    if not isinstance(policy, Mapping):
        raise PolicyError(f"policyDocument is not an object but {policy!r}")
    statements = policy.get("Statement")
    for statement in statements if isinstance(statements, list) else [statements]:
        if not isinstance(statement, Mapping):
            raise PolicyError(f"a Statement is not an object but {statement!r}")
        if unknown := sorted(statement.keys() - _MEMBERS):
            raise PolicyError(f"a Statement has {', '.join(unknown)}, which is not evaluated here")
        if statement.get("Effect") not in ("Allow", "Deny"):
            raise PolicyError(f"Effect is Allow or Deny, not {statement.get('Effect')!r}")
        applies = _applies(statement, "Action", _INVOKE, fold=True)
        yield statement["Effect"], _applies(statement, "Resource", arn) and applies


def _applies(statement: Mapping[str, Any], member: str, wanted: str, *, fold: bool = False) -> bool:
    given = [key for key in (member, f"Not{member}") if key in statement]
    if len(given) != 1:
        raise PolicyError(f"a Statement has either {member} or Not{member}")
    value = statement[given[0]]
    patterns = value if isinstance(value, list) else [value]
    if not patterns or not all(isinstance(pattern, str) for pattern in patterns):
        raise PolicyError(f"{given[0]} is not a string or a list of them but {value!r}")
    matched = any(_matches(pattern.lower() if fold else pattern, wanted) for pattern in patterns)
    return matched is (given[0] == member)


def _matches(pattern: str, value: str) -> bool:
    parts = (
        ".*" if part == "*" else "." if part == "?" else re.escape(part)
        for part in re.split(r"([*?])", re.sub(r"\*+", "*", pattern))
    )
    return re.fullmatch("".join(parts), value, re.DOTALL) is not None
