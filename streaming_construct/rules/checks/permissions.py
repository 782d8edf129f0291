"""Rules on permissions: whether API Gateway may invoke a route's function, and which others may.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-lambda-configure.html
and https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from streaming_construct.aws.function_arn import parse_function_arn
from streaming_construct.aws.integration_uri import parse_integration_uri
from streaming_construct.aws.rest_paths import ANY, HTTP_METHODS
from streaming_construct.model.api import ApiModel, Route
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.functions import Function, Permission, PolicyStatement, Role
from streaming_construct.model.source_location import UNKNOWN_LOCATION, SourceLocation
from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.access.authorizers import list_authorizers
from streaming_construct.rules.rule import Finding, Rule, Severity

PERMISSION_MISSING: Final = Rule(
    id="permission-missing",
    severity=Severity.ERROR,
    title="API Gateway has no permission to invoke the function",
    what=(
        "No `AWS::Lambda::Permission` or `AWS::Lambda::ResourcePolicy` allows API Gateway to "
        "invoke the function, or the version or alias that the integration names. No integration "
        "role allows `lambda:InvokeFunction` on it."
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
        "The permission names another API, stage, method, path, or action, or API Gateway cannot "
        "assume the integration role."
    ),
    why=(
        "The permission has no effect, so API Gateway returns 500 for every request. A role whose "
        "trust policy requires `aws:SourceAccount` or `aws:SourceArn` cannot be assumed."
    ),
    fix=(
        "Put the API, stage, method, and path in `SourceArn`. Remove the conditions from the trust "
        "policy of the role."
    ),
    source_url="https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html",
    tags=frozenset({"permission", "lint", "doctor"}),
)

PERMISSION_DENIED: Final = Rule(
    id="permission-denied",
    severity=Severity.ERROR,
    title="Invocation denied explicitly",
    what=(
        "A statement of the integration role or of the function's resource policy denies "
        "`lambda:InvokeFunction` without a condition."
    ),
    why=(
        "An explicit denial overrides every permission, so API Gateway returns 500 for every "
        "request."
    ),
    fix="Remove the function from the statement that denies it.",
    source_url="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
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
# API Gateway does not send these keys when it assumes a role: live requests fail with them.
_UNMET_CONDITIONS: Final = frozenset({"aws:sourceaccount", "aws:sourcearn", "sts:externalid"})
_VARIABLE: Final = re.compile(r"\{([^}+]+)\+?\}")


def check_permissions(declaration: Declaration) -> Iterator[Finding]:
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
            yield from _check_resource_policy(api, function, qualifier, routes)
        elif credentials in declaration.roles:
            yield from _check_credentials_role(declaration.roles[credentials], function, qualifier)
    yield from _check_authorizers(declaration)
    yield from _check_other_accounts(declaration)
    for function in api.functions.values():
        for permission in function.permissions or ():
            yield from _check_public_permission(permission, function)
        for permission in function.overwritten_permissions:
            yield PERMISSION_OVERWRITTEN.at(
                Subject("function", function.origin.display_name),
                f"a resource policy replaces its permission {_describe_permission(permission)}",
                location=permission.origin,
            )


def _check_authorizers(declaration: Declaration) -> Iterator[Finding]:
    """Yield a finding for each function of an authorizer that API Gateway may not invoke.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
    """
    api = declaration.api
    for authorizer in dict.fromkeys(list_authorizers(api.routes)):
        function = api.functions.get(authorizer.function or "")
        uri = parse_integration_uri(authorizer.uri or "")
        arn = parse_function_arn(uri.function_arn) if uri else None
        if function is None or arn is None:
            continue
        if authorizer.credentials is None:
            yield from _check_missing_permission(function, arn.qualifier)
        elif authorizer.credentials in declaration.roles:
            role = declaration.roles[authorizer.credentials]
            yield from _check_credentials_role(role, function, arn.qualifier)


def _check_missing_permission(function: Function, qualifier: str | None) -> Iterator[Finding]:
    """Yield a finding if no permission lets API Gateway invoke a function, or one denies it."""
    if function.permissions is None:
        return
    target = f"{function.name}:{qualifier}" if qualifier else function.name
    subject = Subject("function", function.origin.display_name)
    relevant = [
        permission for permission in function.permissions if _is_for_api_gateway(permission)
    ]
    denial = next((candidate for candidate in relevant if _is_denying(candidate, qualifier)), None)
    if denial is not None:
        yield PERMISSION_DENIED.at(
            subject,
            f"the resource policy denies {denial.action} on {target}",
            location=denial.origin,
        )
        return
    allowed = [permission for permission in relevant if not permission.is_denial]
    if not any(permission.qualifier == qualifier for permission in allowed):
        permissions = "; ".join(dict.fromkeys(map(_describe_permission, allowed)))
        yield PERMISSION_MISSING.at(
            subject,
            f"nothing allows API Gateway to invoke {target}, and it returns 500 for each request"
            + (f": what is allowed is {permissions}" if permissions else ""),
            fix=(
                f"Add a permission for {_SERVICE} to do {_ACTION} on {target}, or give the "
                "integration or authorizer a role (credentials)."
            ),
            location=allowed[0].origin if allowed else function.origin,
        )


def create_cross_account_function_warning(
    name: str, owner: str, account: str, *, location: SourceLocation = UNKNOWN_LOCATION
) -> Finding:
    """Return the finding that a function belongs to another account than the API."""
    return CROSS_ACCOUNT_FUNCTION.at(
        Subject("function", name),
        f"the function belongs to account {owner}, and the API to {account}",
        location=location,
    )


def _check_other_accounts(declaration: Declaration) -> Iterator[Finding]:
    """Yield a warning for each function and integration role of another account.

    Constructs know the accounts of their functions, and check them.
    """
    account = declaration.account
    if account is None or not declaration.has_streaming_intent:
        return
    for route in declaration.api.routes:
        parsed = parse_integration_uri(route.integration.uri or "")
        arn = parse_function_arn(parsed.function_arn) if parsed else None
        if arn is not None and arn.account.isdigit() and arn.account != account:
            yield create_cross_account_function_warning(
                arn.name, arn.account, account, location=route.origin
            )
        role = (route.integration.credentials or "").split(":")
        if len(role) > 5 and role[4].isdigit() and role[4] != account:
            yield ROLE_NOT_GRANTED.at(
                Subject("role", role[-1]),
                f"the role belongs to account {role[4]}, and the API to {account}",
                location=route.origin,
            )


def _check_resource_policy(
    api: ApiModel, function: Function, qualifier: str | None, routes: list[Route]
) -> Iterator[Finding]:
    problems = list(_check_missing_permission(function, qualifier))
    if problems or function.permissions is None:
        yield from problems
        return
    qualified = [
        permission
        for permission in function.permissions
        if _is_for_api_gateway(permission)
        and not permission.is_denial
        and permission.qualifier == qualifier
    ]
    target = f"{function.name}:{qualifier}" if qualifier else function.name
    not_permitted = [
        route for route in routes if not any(_is_permitting(item, api, route) for item in qualified)
    ]
    if not_permitted:
        descriptions = "; ".join(dict.fromkeys(map(_describe_permission, qualified)))
        yield PERMISSION_SOURCE_MISMATCH.at(
            Subject("function", function.origin.display_name),
            f"API Gateway may not invoke {target} for {', '.join(map(str, not_permitted[:3]))}"
            f"{' and more' if not_permitted[3:] else ''}: what is allowed is {descriptions}",
            fix=f"Allow {_ACTION} on {target} for this API's stage, method and path.",
            location=qualified[0].origin,
        )


def _is_denying(permission: Permission, qualifier: str | None) -> bool:
    return (
        permission.is_denial
        and permission.qualifier == qualifier
        and _is_matching(_ACTION, (permission.action,))
        and permission.action != _UNKNOWN
    )


def _is_for_api_gateway(permission: Permission) -> bool:
    return permission.principal in {"*", _UNKNOWN} or permission.principal.startswith("apigateway.")


def _is_permitting(permission: Permission, api: ApiModel, route: Route) -> bool:
    if not _is_matching(_ACTION, (permission.action,)):
        return False
    allowed = permission.source_arn
    return (
        allowed is None
        or _UNKNOWN in allowed
        or any(
            fnmatchcase(_format_request_arn(allowed, api, method, path), allowed)
            for method in (HTTP_METHODS if route.method == ANY else (route.method,))
            for path in _list_paths(route)
        )
    )


def _list_paths(route: Route) -> tuple[str, ...]:
    """Return the path of a route in an ARN: as it is declared, and as it is requested."""
    return route.path, _VARIABLE.sub(r"\1", route.path)


def _format_request_arn(allowed: str, api: ApiModel, method: str, path: str) -> str:
    """Return the ARN of a request, in the account and Region that `allowed` names."""
    head = allowed.split(":")[:5] if allowed.count(":") >= 5 else ["arn:aws:execute-api:region:0"]
    head[2:3] = ["execute-api"] if len(head) == 5 else head[2:3]
    stage = api.stage.name if api.stage.is_complete else _extract_stage(allowed)
    return ":".join((*head, f"{api.id}/{stage}/{method}{path}"))


def _extract_stage(allowed: str) -> str:
    parts = allowed.split("/")
    return parts[1] if len(parts) > 1 else "prod"


def _describe_permission(permission: Permission) -> str:
    qualifier = f" on {permission.qualifier}" if permission.qualifier else ""
    return f"{permission.action}{qualifier} for {permission.source_arn or 'any API'}"


def _check_public_permission(permission: Permission, function: Function) -> Iterator[Finding]:
    if permission.is_denial:
        return
    narrowed = permission.source_arn or permission.source_account
    if _is_for_api_gateway(permission) and permission.principal != _UNKNOWN and not narrowed:
        yield OVERLY_PERMISSIVE_GRANT.at(
            Subject("function", function.origin.display_name),
            f"a permission lets {permission.principal} invoke the function without a SourceArn: "
            "any API of any account can invoke it",
            fix="Add a SourceArn: the API, its stage, method and path.",
            location=permission.origin,
        )


def _check_credentials_role(
    role: Role, function: Function, qualifier: str | None
) -> Iterator[Finding]:
    yield from _check_trust_policy(role)
    target = ":".join(filter(None, (function.arn, qualifier)))
    if any(_is_denying_target(target, denial) for denial in role.denials):
        yield PERMISSION_DENIED.at(
            Subject("role", role.origin.display_name),
            f"the integration's role denies {_ACTION} on {target}",
            location=role.origin,
        )
    else:
        yield from _check_grants(role, target)


def _check_trust_policy(role: Role) -> Iterator[Finding]:
    if role.services and not {_SERVICE, "*", _UNKNOWN} & set(role.services):
        yield PERMISSION_SOURCE_MISMATCH.at(
            Subject("role", role.origin.display_name),
            f"only {', '.join(role.services)} can assume it, and not API Gateway",
            fix=f"Allow {_SERVICE} to assume it in the trust policy.",
            location=role.origin,
        )
    unmet = [key for key in role.trust_conditions if key in _UNMET_CONDITIONS]
    if unmet:
        yield PERMISSION_SOURCE_MISMATCH.at(
            Subject("role", role.origin.display_name),
            f"the trust policy requires {', '.join(unmet)}, which API Gateway does not send",
            fix="Remove the condition from the trust policy.",
            location=role.origin,
        )


def _check_grants(role: Role, target: str) -> Iterator[Finding]:
    granting = [
        statement for statement in role.statements if _is_matching(_ACTION, statement.actions)
    ]
    if not any(_is_matching(target, statement.resources) for statement in granting):
        yield PERMISSION_MISSING.at(
            Subject("role", role.origin.display_name),
            f"the role of the integration does not allow {_ACTION} on {target}, so that each "
            "request fails with a 500",
            fix=f"Allow {_ACTION} on exactly that ARN.",
            location=role.origin,
        )
    for statement in granting:
        everything = {"*", "lambda:*"} & set(statement.actions)
        everywhere = [candidate for candidate in statement.resources if _has_no_function(candidate)]
        if everything or everywhere:
            yield OVERLY_PERMISSIVE_GRANT.at(
                Subject("role", role.origin.display_name),
                f"the role allows {', '.join(statement.actions)} on "
                f"{', '.join(statement.resources)}",
                fix=f"Allow {_ACTION} on the function's own ARN.",
                location=role.origin,
            )


def _is_denying_target(target: str, statement: PolicyStatement) -> bool:
    is_known = _UNKNOWN not in (*statement.actions, *statement.resources)
    names_action = _is_matching(_ACTION, statement.actions)
    return is_known and names_action and _is_matching(target, statement.resources)


def _is_matching(target: str, allowed: tuple[str, ...]) -> bool:
    return any(
        _UNKNOWN in pattern or fnmatchcase(target.lower(), pattern.lower()) for pattern in allowed
    )


def _has_no_function(resource: str) -> bool:
    return resource == "*" or resource.endswith((":function:*", ":lambda:*"))


CROSS_ACCOUNT_FUNCTION: Final = Rule(
    id="cross-account-function",
    severity=Severity.WARNING,
    title="Function in another account",
    what="The function belongs to a different account than the API.",
    why=(
        "The API's role allows the invocation, but the function's resource policy must allow "
        "it too. Until then API Gateway returns 500."
    ),
    fix=(
        "Allow `lambda:InvokeFunction` for the API's role (`api.role.role_arn`) in the "
        "function's resource policy. Then acknowledge the warning."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-cross-account-lambda-integrations.html",
    tags=frozenset({"function", "synth", "lint"}),
)


ROLE_NOT_GRANTED: Final = Rule(
    id="role-not-granted",
    severity=Severity.WARNING,
    title="Role in another account",
    what="The role of the API belongs to another account.",
    why="CDK cannot add a policy to it, and API Gateway assumes roles in its account only.",
    fix=(
        "Use a role of the API's account, or omit `role`. Allow it `lambda:InvokeFunction` "
        "on the functions of the routes."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-lambda-configure.html",
    tags=frozenset({"permission", "synth", "lint"}),
)
