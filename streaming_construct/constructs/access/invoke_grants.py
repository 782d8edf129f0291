"""The roles by which API Gateway invokes the Lambda authorizers of an API."""

from __future__ import annotations

from aws_cdk.aws_iam import IRole
from constructs import Construct

from streaming_construct.constructs.cdk.lazy import create_lazy_string
from streaming_construct.constructs.integrations.invoke_role import resolve_invoke_role


class AuthorizerInvokeGrants:
    """Grants API Gateway to invoke authorizer functions, each by the role of its authorizer.

    Authorizers without a role share one, which is created with the first grant.
    """

    def __init__(self, api: Construct) -> None:
        self._api = api
        self._arns: dict[IRole | None, list[str]] = {}
        self._shared_role: IRole | None = None
        self._shared_credentials: str | None = None

    def resolve_credentials(self, role: IRole | None) -> str:
        """Return the ARN of `role`, or a token for the ARN of the shared role."""
        if role is not None:
            return role.role_arn
        if self._shared_credentials is None:
            self._shared_credentials = create_lazy_string(self._get_shared_role_arn)
        return self._shared_credentials

    def grant(self, function_arn: str, role: IRole | None) -> None:
        """Let `role` invoke a function; None is the shared role."""
        arns = self._arns.get(role)
        if arns is None:
            arns = self._arns[role] = []
            invoking_role = resolve_invoke_role(
                self._api,
                role,
                lambda: sorted(self._arns[role]),
                role_id="AuthorizerRole",
                description="Lets API Gateway invoke the authorizers of one streaming REST API",
                actions=["lambda:InvokeFunction"],
            )
            if role is None:
                self._shared_role = invoking_role
        if function_arn not in arns:
            arns.append(function_arn)

    def _get_shared_role_arn(self) -> str:
        assert self._shared_role is not None  # noqa: S101 - the body names granted authorizers only
        return self._shared_role.role_arn
