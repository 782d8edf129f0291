"""Rules on permissions: whether API Gateway may invoke a route's function, and which others may.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-lambda-configure.html
and https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from streaming_construct.aws.rest_paths import ANY
from streaming_construct.model.api import ApiModel, Route
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.functions import Function, Permission, Role
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding, Rule, Severity

PERMISSION_MISSING: Final = Rule(
    id="permission-missing",
    severity=Severity.ERROR,
    title="API Gateway has no permission to invoke the function",
    what=(
        "No `AWS::Lambda::Permission` or `AWS::Lambda::ResourcePolicy` allows API Gateway to "
        "invoke the function, and no integration role allows `lambda:InvokeFunction` on it."
    ),
    why=(
        "API Gateway returns 500 for every request, and the function's log stays empty. "
        "Streamed invocations require `lambda:InvokeFunction` too."
    ),
    fix=(
        "Allow `lambda:InvokeFunction` in the function's resource policy or in the "
        "integration's credentials role."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-lambda-configure.html",
    tags=frozenset({"permission", "lint", "doctor"}),
)

PERMISSION_SOURCE_MISMATCH: Final = Rule(
    id="permission-source-mismatch",
    severity=Severity.ERROR,
    title="Permission does not match the integration",
    what=(
        "The permission names another API, stage, method, path, version, alias, or action, "
        "or API Gateway cannot assume the integration role."
    ),
    why="The permission has no effect, so API Gateway returns 500 for every request.",
    fix=(
        "Put the API, stage, method, and path in `SourceArn`. Set `FunctionName` to what the "
        "integration invokes, including the alias."
    ),
    source_url="https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html",
    tags=frozenset({"permission", "lint", "doctor"}),
)

OVERLY_PERMISSIVE_GRANT: Final = Rule(
    id="overly-permissive-grant",
    severity=Severity.WARNING,
    title="Overly permissive grant",
    what=(
        "A permission for API Gateway has no `SourceArn`, or a role allows the invocation of "
        "every function."
    ),
    why="Any API in any account can invoke the function.",
    fix="Set `SourceArn` to the API, and name the function's ARN in the role.",
    source_url="https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html",
    tags=frozenset({"permission", "lint", "doctor"}),
)

PERMISSION_OVERWRITTEN: Final = Rule(
    id="permission-overwritten",
    severity=Severity.WARNING,
    title="Permission overwritten by a resource policy",
    what=(
        "A function has an `AWS::Lambda::Permission` and an `AWS::Lambda::ResourcePolicy` for the "
        "same version or alias."
    ),
    why=(
        "The resource policy replaces the whole policy of the function. If it is created last, "
        "what the permission allows is lost."
    ),
    fix="Move the permission into a statement of the resource policy.",
    source_url="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-resourcepolicy.html",
    tags=frozenset({"permission", "lint"}),
)

_UNKNOWN: Final = "?"
_ACTION: Final = "lambda:InvokeFunction"
_SERVICE: Final = "apigateway.amazonaws.com"
_VARIABLE: Final = re.compile(r"\{([^}+]+)\+?\}")


def permission_findings(declaration: Declaration) -> Iterator[Finding]:
    """Yield a finding for each function that API Gateway may not invoke, or that is public."""
    api = declaration.api
    by_grant: dict[tuple[str, str | None, str | None], list[Route]] = {}
    for route in api.routes:
        integration = route.integration
        function_id = integration.function or ""
        if integration.type == "aws_proxy" and function_id in api.functions:
            key = (function_id, integration.qualifier, integration.credentials)
            by_grant.setdefault(key, []).append(route)
    for (function_id, qualifier, credentials), routes in by_grant.items():
        function = api.functions[function_id]
        if credentials is None:
            yield from _resource_policy_findings(api, function, qualifier, routes)
        elif credentials in declaration.roles:
            yield from _credentials_role_findings(
                declaration.roles[credentials], function, qualifier
            )
    for function in api.functions.values():
        for permission in function.permissions or ():
            yield from _public_permission_findings(permission, function)
        for permission in function.overwritten_permissions:
            yield PERMISSION_OVERWRITTEN.at(
                Subject("function", function.origin.display_name),
                f"a resource policy replaces its permission {_describe_permission(permission)}",
                location=permission.origin,
            )


def _resource_policy_findings(
    api: ApiModel, function: Function, qualifier: str | None, routes: list[Route]
) -> Iterator[Finding]:
    if function.permissions is None:
        return
    invoked = f"{function.name}:{qualifier}" if qualifier else function.name
    permissions = [
        permission for permission in function.permissions if _is_for_api_gateway(permission)
    ]
    if not permissions:
        yield PERMISSION_MISSING.at(
            Subject("function", function.origin.display_name),
            "no permission allows API Gateway to invoke it, so that each request fails with a 500",
            fix=(
                f"Add a permission for {_SERVICE} to do {_ACTION} on {invoked}, or give the "
                "integration a role (credentials)."
            ),
            location=function.origin,
        )
        return
    left_out = [
        route
        for route in routes
        if not any(
            permission.qualifier == qualifier and _permits(permission, api, route)
            for permission in permissions
        )
    ]
    if left_out:
        descriptions = "; ".join(dict.fromkeys(map(_describe_permission, permissions)))
        yield PERMISSION_SOURCE_MISMATCH.at(
            Subject("function", function.origin.display_name),
            f"API Gateway may not invoke {invoked} for {', '.join(map(str, left_out[:3]))}"
            f"{' and more' if left_out[3:] else ''}: what is allowed is {descriptions}",
            fix=f"Allow {_ACTION} on {invoked} for this API's stage, method and path.",
            location=permissions[0].origin,
        )


def _is_for_api_gateway(permission: Permission) -> bool:
    return permission.principal in {"*", _UNKNOWN} or permission.principal.startswith("apigateway.")


def _permits(permission: Permission, api: ApiModel, route: Route) -> bool:
    if permission.action not in {_ACTION, "lambda:*", "lambda:Invoke*", "*", _UNKNOWN}:
        return False
    allowed = permission.source_arn
    return (
        allowed is None
        or _UNKNOWN in allowed
        or any(fnmatchcase(_request(allowed, api, path, route), allowed) for path in _paths(route))
    )


def _paths(route: Route) -> tuple[str, ...]:
    """Return what stands for the route's path in an ARN: as declared, and as it is requested."""
    return route.path, _VARIABLE.sub(r"\1", route.path)


def _request(allowed: str, api: ApiModel, path: str, route: Route) -> str:
    """Return the ARN of a request to `route`, in the account and Region that `allowed` names."""
    head = allowed.split(":")[:5] if allowed.count(":") >= 5 else ["arn:aws:execute-api:region:0"]
    head[2:3] = ["execute-api"] if len(head) == 5 else head[2:3]
    method = "GET" if route.method == ANY else route.method
    stage = api.stage.name if api.stage.complete else _stage_of(allowed)
    return ":".join((*head, f"{api.id}/{stage}/{method}{path}"))


def _stage_of(allowed: str) -> str:
    parts = allowed.split("/")
    return parts[1] if len(parts) > 1 else "prod"


def _describe_permission(permission: Permission) -> str:
    of = f" on {permission.qualifier}" if permission.qualifier else ""
    return f"{permission.action}{of} for {permission.source_arn or 'any API'}"


def _public_permission_findings(permission: Permission, function: Function) -> Iterator[Finding]:
    narrowed = permission.source_arn or permission.source_account
    if _is_for_api_gateway(permission) and permission.principal != _UNKNOWN and not narrowed:
        yield OVERLY_PERMISSIVE_GRANT.at(
            Subject("function", function.origin.display_name),
            f"its permission lets {permission.principal} invoke it without a SourceArn: any API "
            "of any "
            "account can invoke it",
            fix="Add a SourceArn: the API, its stage, method and path.",
            location=permission.origin,
        )


def _credentials_role_findings(
    role: Role, function: Function, qualifier: str | None
) -> Iterator[Finding]:
    if role.services and not {_SERVICE, "*", _UNKNOWN} & set(role.services):
        yield PERMISSION_SOURCE_MISMATCH.at(
            Subject("role", role.origin.display_name),
            f"it is for {', '.join(role.services)}, and API Gateway cannot take it",
            fix=f"Let {_SERVICE} assume it.",
            location=role.origin,
        )
    target = ":".join(filter(None, (function.arn, qualifier)))
    granting = [candidate for candidate in role.statements if _matches(_ACTION, candidate.actions)]
    if not any(_matches(target, candidate.resources) for candidate in granting):
        yield PERMISSION_MISSING.at(
            Subject("role", role.origin.display_name),
            f"the role of the integration does not allow {_ACTION} on {target}, so that each "
            "request fails with a 500",
            fix=f"Allow {_ACTION} on exactly that ARN.",
            location=role.origin,
        )
    for statement in granting:
        everything = {"*", "lambda:*"} & set(statement.actions)
        everywhere = [
            candidate for candidate in statement.resources if _names_no_function(candidate)
        ]
        if everything or everywhere:
            yield OVERLY_PERMISSIVE_GRANT.at(
                Subject("role", role.origin.display_name),
                f"it allows {', '.join(statement.actions)} on {', '.join(statement.resources)}",
                fix=f"Allow {_ACTION} on the function's own ARN.",
                location=role.origin,
            )


def _matches(value: str, allowed: tuple[str, ...]) -> bool:
    return any(
        _UNKNOWN in pattern or fnmatchcase(value.lower(), pattern.lower()) for pattern in allowed
    )


def _names_no_function(resource: str) -> bool:
    return resource == "*" or resource.endswith((":function:*", ":lambda:*"))
