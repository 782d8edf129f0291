"""The values and members that API Gateway and Lambda define, as of November 2026.

Readers compare a source with these tables. They keep and report an element that the tables do not
have, since AWS may have added it.

Sources: https://docs.aws.amazon.com/apigateway/latest/api/API_Operations.html,
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html,
https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGateway.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.aws.lambda_runtimes import RUNTIMES
from streaming_construct.aws.tenant_isolation import TENANT_ISOLATION_MODE

INTEGRATION_TYPES: Final = ("aws", "aws_proxy", "http", "http_proxy", "mock")
"""The types of an integration, in lower case as OpenAPI documents write them."""

INTEGRATION_VALUES: Final[Mapping[str, frozenset[str]]] = {
    "type": frozenset(INTEGRATION_TYPES),
    "responseTransferMode": frozenset(TransferMode.__members__),
    "contentHandling": frozenset({"CONVERT_TO_BINARY", "CONVERT_TO_TEXT"}),
    "passthroughBehavior": frozenset({"when_no_match", "when_no_templates", "never"}),
    "connectionType": frozenset({"INTERNET", "VPC_LINK"}),
}
"""The values of the members of an integration that have an enumeration."""

INTEGRATION_MEMBERS: Final = frozenset(
    {
        *INTEGRATION_VALUES,
        *("cacheKeyParameters", "cacheNamespace", "connectionId", "credentials", "httpMethod"),
        *("integrationHttpMethod", "integrationResponses", "integrationTarget"),
        *("requestParameters", "requestTemplates", "responses", "timeoutInMillis", "tlsConfig"),
        *("uri", "payloadFormatVersion", "integrationSubtype"),
    }
)
"""The members of an integration, those of HTTP APIs included."""

AUTHORIZER_TYPES: Final = frozenset({"TOKEN", "REQUEST", "COGNITO_USER_POOLS", "JWT"})
METHOD_AUTHORIZATION_TYPES: Final = frozenset(
    {"NONE", "AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS", "JWT"}
)
AUTHORIZER_MEMBERS: Final = frozenset(
    {
        *("type", "authType", "authorizerUri", "authorizerCredentials", "identitySource"),
        *("identityValidationExpression", "authorizerResultTtlInSeconds", "providerARNs"),
        *("jwtConfiguration", "name", "id", "restApiId"),
        *("authorizerPayloadFormatVersion", "enableSimpleResponses"),
    }
)

SECURITY_SCHEME_TYPES: Final = frozenset(
    {"apiKey", "http", "oauth2", "openIdConnect", "mutualTLS", "basic"}
)
"""The types of security schemes of OpenAPI 2.0, 3.0 and 3.1: https://spec.openapis.org."""

AUTH_TYPES: Final = frozenset(
    {"awsSigv4", "custom", "cognito_user_pools", "jwt", "oauth2", "token", "request"}
)
"""Values of `x-amazon-apigateway-authtype`, which has an effect only without an authorizer."""

API_KEY_SOURCES: Final = frozenset({"HEADER", "AUTHORIZER"})

GATEWAY_RESPONSE_TYPES: Final = frozenset(
    {
        *("ACCESS_DENIED", "API_CONFIGURATION_ERROR", "AUTHORIZER_CONFIGURATION_ERROR"),
        *("AUTHORIZER_FAILURE", "BAD_REQUEST_BODY", "BAD_REQUEST_PARAMETERS", "DEFAULT_4XX"),
        *("DEFAULT_5XX", "EXPIRED_TOKEN", "INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT"),
        *("INVALID_API_KEY", "INVALID_SIGNATURE", "MISSING_AUTHENTICATION_TOKEN"),
        *("QUOTA_EXCEEDED", "REQUEST_TOO_LARGE", "RESOURCE_NOT_FOUND", "THROTTLED"),
        *("UNAUTHORIZED", "UNSUPPORTED_MEDIA_TYPE", "WAF_FILTERED"),
    }
)
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html"""

EXTENSION_PREFIX: Final = "x-amazon-apigateway-"

DOCUMENT_EXTENSIONS: Final = frozenset(
    EXTENSION_PREFIX + name
    for name in (
        *("api-key-source", "binary-media-types", "endpoint-access-mode"),
        *("endpoint-configuration", "gateway-responses", "importexport-version"),
        *("minimum-compression-size", "policy", "request-validator", "request-validators"),
        "security-policy",
    )
)
"""The extensions of a whole document that a REST API has."""

IGNORED_DOCUMENT_EXTENSIONS: Final = frozenset(
    EXTENSION_PREFIX + name for name in ("cors", "documentation", "tag-value", "integrations")
)
"""The extensions of a whole document that a REST API ignores, or that nothing here depends on."""

OPERATION_EXTENSIONS: Final = frozenset(
    EXTENSION_PREFIX + name for name in ("auth", "integration", "request-validator")
)
"""The extensions of an operation of a REST API."""

SCHEME_EXTENSIONS: Final = frozenset(EXTENSION_PREFIX + name for name in ("authtype", "authorizer"))
"""The extensions of a security scheme."""

PATH_ITEM_MEMBERS: Final = frozenset(
    {"$ref", "summary", "description", "servers", "parameters", "additionalOperations"}
)
"""The members of a path item that are not operations."""

REJECTED_METHODS: Final = frozenset({"TRACE", "CONNECT"})
"""The HTTP methods that API Gateway is known to reject."""

PROTOCOL_TYPES: Final = frozenset({"HTTP", "WEBSOCKET"})
"""The values of `ProtocolType` of `AWS::ApiGatewayV2::Api`.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-api.html
"""

QUOTA_PERIODS: Final = frozenset({"DAY", "WEEK", "MONTH"})

FUNCTION_VALUES: Final[Mapping[str, frozenset[str]]] = {
    "Runtime": RUNTIMES,
    "PackageType": frozenset({"Zip", "Image"}),
    "Architectures": frozenset({"x86_64", "arm64"}),
    "TenancyConfig.TenantIsolationMode": frozenset({TENANT_ISOLATION_MODE}),
    "LoggingConfig.LogFormat": frozenset({"JSON", "Text"}),
    "LoggingConfig.ApplicationLogLevel": frozenset(
        {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"}
    ),
    "LoggingConfig.SystemLogLevel": frozenset({"DEBUG", "INFO", "WARN"}),
    "SnapStart.ApplyOn": frozenset({"PublishedVersions", "None"}),
    "TracingConfig.Mode": frozenset({"Active", "PassThrough"}),
}
"""The values of the properties of a function that have an enumeration."""

FUNCTION_PROPERTIES: Final = frozenset(
    {
        *("AcceleratorConfig", "Architectures", "CapacityProviderConfig", "Code"),
        *("CodeSigningConfigArn", "DeadLetterConfig", "Description", "DurableConfig"),
        *("Environment", "EphemeralStorage", "FileSystemConfigs", "FunctionName"),
        *("FunctionScalingConfig", "Handler", "ImageConfig", "KmsKeyArn", "Layers"),
        *("LoggingConfig", "MemorySize", "PackageType", "PublishToLatestPublished"),
        *("RecursiveLoop", "ReservedConcurrentExecutions", "Role", "Runtime", "RuntimeConfig"),
        *("RuntimeManagementConfig", "SnapStart", "Tags", "TenancyConfig", "Timeout"),
        *("TracingConfig", "VpcConfig"),
    }
)

RESOURCE_TYPES: Final = frozenset(
    {
        *(
            f"AWS::ApiGateway::{name}"
            for name in (
                *("Account", "ApiKey", "Authorizer", "BasePathMapping", "BasePathMappingV2"),
                *("ClientCertificate", "Deployment", "DocumentationPart", "DocumentationVersion"),
                *("DomainName", "DomainNameAccessAssociation", "DomainNameV2", "GatewayResponse"),
                *("Method", "Model", "RequestValidator", "Resource", "RestApi", "Stage"),
                *("UsagePlan", "UsagePlanKey", "VpcLink"),
            )
        ),
        *(
            f"AWS::Lambda::{name}"
            for name in (
                *("Alias", "CapacityProvider", "CodeSigningConfig", "EventInvokeConfig"),
                *("EventSourceMapping", "Function", "LayerVersion", "LayerVersionPermission"),
                *("MicrovmImage", "NetworkConnector", "Permission", "ResourcePolicy", "Runtime"),
                *("RuntimeAlias", "RuntimeVersion", "Url", "Version", "WebFunction"),
                *("WebFunctionEndpoint", "WebFunctionRevision"),
            )
        ),
        *(
            f"AWS::ApiGatewayV2::{name}"
            for name in (
                *("Api", "ApiGatewayManagedOverrides", "ApiMapping", "Authorizer", "Deployment"),
                *("DomainName", "Integration", "IntegrationResponse", "Model", "PortalProduct"),
                *("Route", "RouteResponse", "RoutingRule", "Stage", "VpcLink"),
            )
        ),
    }
)
"""The resource types of `AWS::ApiGateway`, `AWS::ApiGatewayV2` and `AWS::Lambda`."""

RESOURCE_NAMESPACES: Final = ("AWS::ApiGateway::", "AWS::ApiGatewayV2::", "AWS::Lambda::")
