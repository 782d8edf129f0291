"""Rules on the endpoint, the gateway responses and the web ACL of a construct."""

from __future__ import annotations

from typing import Final

from streaming_construct.rules.rule import Rule, Severity

STAGE_OPTION_UNSUPPORTED: Final = Rule(
    id="stage-option-unsupported",
    severity=Severity.ERROR,
    title="Unsupported stage option",
    what=(
        "`deploy_options` has a field that `StreamingRestApi` cannot apply: caching, settings of "
        "single methods, a client certificate, a documentation version, or the access log."
    ),
    why="The stage would silently lack what the code configures.",
    fix="Use the argument that the message names, or remove the field.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html",
    tags=frozenset({"endpoint", "synth"}),
)

GATEWAY_RESPONSE_INVALID: Final = Rule(
    id="gateway-response-invalid",
    severity=Severity.ERROR,
    title="Invalid gateway response",
    what=(
        "An argument of `add_gateway_response` has the wrong form: a header has no mapping "
        "expression, for example. Or the API has a gateway response of this type."
    ),
    why="API Gateway rejects the import of the API.",
    fix="Call `api.add_gateway_response(ResponseType.UNAUTHORIZED, response_headers={...})`.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html",
    tags=frozenset({"endpoint", "synth"}),
)

OAUTH_RESOURCE_INVALID: Final = Rule(
    id="oauth-resource-invalid",
    severity=Severity.ERROR,
    title="OAuth metadata that clients cannot find or read",
    what=(
        "The API has no custom domain name, or one with a base path. Or an argument of "
        "`add_oauth_protected_resource` is not valid, or it is called twice."
    ),
    why=(
        "Clients read the metadata at `/.well-known/oauth-protected-resource`, at the root of the "
        "host. The paths of an execute-api URL start with the stage."
    ),
    fix="Pass `domain_name` without a base path, and https URLs of authorization servers.",
    source_url="https://www.rfc-editor.org/rfc/rfc9728#section-3",
    tags=frozenset({"endpoint", "synth"}),
)
