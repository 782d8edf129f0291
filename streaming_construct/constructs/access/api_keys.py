"""API keys and usage plans, as methods of the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from aws_cdk import SecretValue
from aws_cdk.aws_apigateway import (
    ApiKey,
    IApiKey,
    QuotaSettings,
    SpecRestApi,
    ThrottleSettings,
    UsagePlan,
)
from constructs import Construct

from streaming_construct.constructs.access.usage_plan import (
    UsagePlanOptions,
    api_key_value_findings,
    new_usage_plan,
)
from streaming_construct.constructs.cdk.validation import argument_type_findings, raise_for_errors
from streaming_construct.model.api import ApiModel
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.route_table import RouteTable
from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.authorizers import access_findings


class ApiKeys:
    """What a `StreamingRestApi` has beside being one: API keys, and plans for their holders.

    It needs the REST API that the plans hold on, the model of what is known of it, and its routes,
    which plans may throttle.
    """

    rest_api: SpecRestApi
    _model: ApiModel
    _routes: RouteTable

    def add_api_key(
        self,
        key_id: str,
        *,
        value: SecretValue | None = None,
        name: str | None = None,
        description: str | None = None,
    ) -> ApiKey:
        """Make an API key. It opens nothing until a usage plan has it.

        Args:
            key_id: The construct's id, among those of this API's.
            value: Its value, of 20 characters or more, from a secret: `secret.secret_value`. It is
                read when the stack is deployed, so that it is in no template; a value that changes
                there later needs a new key. Default: API Gateway makes one up.
            name: Its name. Default: one that CloudFormation makes up.
            description: A description of it. Default: none.

        Raises:
            ValueError: The value is not a secret's, or known here and none that API Gateway takes.
        """
        assert isinstance(self, Construct)  # noqa: S101 - it is mixed into one
        raise_for_errors(
            self,
            argument_type_findings(Subject("API key", key_id), value=(value, SecretValue)),
            otherwise="the key was not made",
        )
        # In the template it is a reference to the secret.
        text = None if value is None else value.unsafe_unwrap()
        raise_for_errors(
            self, api_key_value_findings(text, key_id), otherwise="the key was not made"
        )
        return ApiKey(self, key_id, api_key_name=name, description=description, value=text)

    def add_usage_plan(
        self,
        plan_id: str,
        *,
        api_keys: Sequence[IApiKey] = (),
        throttle: ThrottleSettings | None = None,
        quota: QuotaSettings | None = None,
        route_throttles: Mapping[str, ThrottleSettings] | None = None,
        name: str | None = None,
        description: str | None = None,
    ) -> UsagePlan:
        """Say what the holders of some API keys may do on the stage, each for himself.

        Args:
            plan_id: The construct's id, among those of this API's.
            api_keys: Their keys, imported ones included; more can be added to what is returned.
            throttle: Requests a second, and at once, of a key. Default: no limit of its own.
            quota: Requests a key may make in a period. Default: any number.
            route_throttles: Requests a second, and at once, of a key on single routes, by
                `METHOD /path` as it was added. They hold beside `throttle`. Default: none.
            name: Its name. Default: one that CloudFormation makes up.
            description: A description of it. Default: none.

        Raises:
            ValueError: Something given cannot work. The message names all of it, with what to do;
                the plan was not made.
        """
        assert isinstance(self, Construct)  # noqa: S101 - it is mixed into one
        options = UsagePlanOptions(
            plan_id=plan_id,
            name=name,
            description=description,
            throttle=throttle,
            quota=quota,
            route_throttles=route_throttles or {},
            api_keys=api_keys,
        )
        raise_for_errors(self, options.check_types(), otherwise="the plan was not made")
        plan = options.read()
        raise_for_errors(
            self,
            [
                *options.findings(self._routes.sorted()),
                *access_findings(Declaration(api=replace(self._model, usage_plans=(plan,)))),
            ],
            otherwise="the plan was not made",
        )
        return new_usage_plan(self, self.rest_api, options, plan)
