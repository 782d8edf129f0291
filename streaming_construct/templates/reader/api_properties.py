"""Reads what a REST API declares about itself, as properties or as extensions of its document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from streaming_construct.model.api import ApiModel
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.usage_plans import ApiKeySource
from streaming_construct.templates.stacks.coercion import (
    as_list,
    as_mapping,
    as_number,
    as_string,
    to_string,
)
from streaming_construct.templates.stacks.unresolved import Unresolved


@dataclass(frozen=True)
class ApiProperties:
    """The properties of an `AWS::ApiGateway::RestApi` and its OpenAPI document.

    A property overrides the corresponding extension of the document.
    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-restapi.html
    """

    properties: Mapping[str, Any]
    body: Mapping[str, Any]

    @property
    def name(self) -> str | None:
        """The name of the API, or the title of its document."""
        name = self.properties.get("Name") or as_mapping(self.body.get("info")).get("title")
        return to_string(name) if name else None

    @property
    def document_version_key(self) -> str | None:
        """The member that has the version; None without a document, or if it is not resolved."""
        if not {"openapi", "swagger", "paths"} & self.body.keys():
            return None
        key = "swagger" if "swagger" in self.body and "openapi" not in self.body else "openapi"
        return None if isinstance(self.body.get(key), Unresolved) else key

    @property
    def document_version(self) -> str | None:
        """The value of `openapi` or `swagger`."""
        declared = self.body.get(self.document_version_key or "")
        return None if declared is None else to_string(declared)

    @property
    def minimum_compression_size(self) -> int | None:
        """The size in bytes from which API Gateway compresses responses."""
        size = as_number(
            self._read_property(
                "MinimumCompressionSize", "x-amazon-apigateway-minimum-compression-size"
            )
        )
        return None if size is None else int(size)

    @property
    def binary_media_types(self) -> tuple[str, ...]:
        """The media types of bodies that are bytes."""
        declared = as_list(self.properties.get("BinaryMediaTypes"))
        imported = as_list(self.body.get("x-amazon-apigateway-binary-media-types"))
        # CloudFormation wants slashes escaped, an OpenAPI document does not.
        return tuple(to_string(kind).replace("~1", "/") for kind in declared or imported)

    @property
    def security_policy(self) -> str | None:
        """The TLS policy."""
        return as_string(
            self._read_property("SecurityPolicy", "x-amazon-apigateway-security-policy")
        )

    @property
    def endpoint_access_mode(self) -> str | None:
        """The endpoint access mode, which some TLS policies require."""
        return as_string(
            self._read_property("EndpointAccessMode", "x-amazon-apigateway-endpoint-access-mode")
        )

    @property
    def endpoint_types(self) -> tuple[str, ...]:
        """The endpoint types as they are written."""
        return tuple(map(str, as_list(self._endpoint_configuration.get("Types"))))

    @property
    def ip_address_type(self) -> str | None:
        """The IP address type of the endpoint."""
        return as_string(self._endpoint_configuration.get("IpAddressType"))

    @property
    def vpc_endpoints(self) -> tuple[str, ...]:
        """The ids of the VPC endpoints of a private API; `?` stands for those not resolved."""
        imported = self._imported_endpoint_configuration.get("vpcEndpointIds")
        for value in (self._endpoint_configuration.get("VpcEndpointIds"), imported):
            if isinstance(value, Unresolved):
                return ("?",)
            if value:
                return tuple(map(str, as_list(value)))
        return ()

    @property
    def is_execute_api_disabled(self) -> bool:
        """Whether clients cannot call the API at its `execute-api` host.

        Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-endpoint-configuration.html
        """
        imported = self._imported_endpoint_configuration.get("disableExecuteApiEndpoint")
        return self.properties.get("DisableExecuteApiEndpoint", imported) in (True, "true")

    @property
    def api_key_source(self) -> ApiKeySource:
        """Where API Gateway reads the API key of a request."""
        sources = (
            self.properties.get("ApiKeySourceType"),
            self.body.get("x-amazon-apigateway-api-key-source"),
        )
        return ApiKeySource.AUTHORIZER if "AUTHORIZER" in sources else ApiKeySource.HEADER

    @property
    def has_http_api_cors_extension(self) -> bool:
        """Whether the document has the CORS extension of HTTP APIs, which REST APIs ignore."""
        return "x-amazon-apigateway-cors" in self.body

    def create_declaration(self, api: ApiModel) -> Declaration:
        """Return the declaration of `api` with the properties that only checks read."""
        return Declaration(
            api=api,
            document_version=self.document_version,
            document_version_key=self.document_version_key,
            has_http_api_cors_extension=self.has_http_api_cors_extension,
            minimum_compression_size=self.minimum_compression_size,
            is_execute_api_disabled=self.is_execute_api_disabled,
            security_policy=self.security_policy,
            endpoint_access_mode=self.endpoint_access_mode,
            endpoint_types=self.endpoint_types,
            ip_address_type=self.ip_address_type,
            vpc_endpoints=self.vpc_endpoints,
        )

    @property
    def _endpoint_configuration(self) -> Mapping[str, Any]:
        return as_mapping(self.properties.get("EndpointConfiguration"))

    @property
    def _imported_endpoint_configuration(self) -> Mapping[str, Any]:
        return as_mapping(self.body.get("x-amazon-apigateway-endpoint-configuration"))

    def _read_property(self, name: str, extension: str) -> object:
        return self.properties.get(name, self.body.get(extension))
