"""The resources of a Terraform plan, with the references that the plan can resolve."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from streaming_construct.documents.openapi_errors import OpenApiError
from streaming_construct.templates.stacks.coercion import as_list, as_mapping
from streaming_construct.templates.stacks.stack import DEFAULT_ACCOUNT, DEFAULT_REGION
from streaming_construct.templates.stacks.unresolved import Unresolved

INDEX: Final = re.compile(r"\[[^]]*\]")


_INDEX_AT_END: Final = re.compile(r"\[[^]]*\]$")


_NAME: Final = re.compile(r"[^.\[]+(?:\[[^]]*\])?")


FUNCTION_ARN: Final = re.compile(r"^arn:[^:]+:lambda:([^:]+):(\d+):function:")


# Modules within modules; also where an ill-converted plan goes round in circles.
_MODULE_DEPTH: Final = 20


_REST_API: Final = "aws_api_gateway_rest_api"


_PATH_ARGUMENTS: Final = frozenset({"parent_id", "resource_id"})


INVOKE_API_VERSIONS: Final = {
    "invoke_arn": "2015-03-31",
    "response_streaming_invoke_arn": "2021-11-15",
}


INVOKE_ACTIONS: Final = {
    "2015-03-31": "invocations",
    "2021-11-15": "response-streaming-invocations",
}


@dataclass(frozen=True, kw_only=True)
class PlanResource:
    """A resource of a plan; `module` is the address of its module, with a dot at the end."""

    address: str
    type: str
    module: str
    index: str
    values: Mapping[str, Any]
    expressions: Mapping[str, Any]
    depends_on: tuple[str, ...]
    unknown: Mapping[str, Any]
    pointer: tuple[str, ...]

    @property
    def flat_values(self) -> Mapping[str, Any]:
        """The values of a resource that has all of them in one block, `settings`."""
        return self.get_block("settings")

    def get_block(self, name: str) -> Mapping[str, Any]:
        """Return the values of a block that there is at most one of."""
        return as_mapping(next(iter(as_list(self.values.get(name))), None))


def read_resources(plan: Mapping[str, Any]) -> Iterator[PlanResource]:
    """Yield every resource of a plan and its modules. The type of a data source is empty."""
    unknown = {
        change.get("address"): as_mapping(as_mapping(change.get("change")).get("after_unknown"))
        for change in map(as_mapping, as_list(plan.get("resource_changes")))
    }
    root = as_mapping(as_mapping(plan["planned_values"]).get("root_module"))
    top: tuple[str, ...] = ("planned_values", "root_module")
    modules = [(root, "", top)]
    while modules:
        module, prefix, pointer = modules.pop()
        configurations = {
            change.get("address"): change
            for change in as_list(as_mapping(_read_configuration(plan, prefix)).get("resources"))
        }
        for number, change in enumerate(map(as_mapping, as_list(module.get("resources")))):
            address = str(change.get("address"))
            bare = f"{change.get('type')}.{change.get('name')}"
            written = as_mapping(configurations.get(bare))
            yield PlanResource(
                address=address,
                type=str(change.get("type")) if change.get("mode") != "data" else "",
                module=prefix,
                index=address.removeprefix(prefix + bare),
                values=as_mapping(change.get("values")),
                expressions=as_mapping(written.get("expressions")),
                depends_on=tuple(as_list(written.get("depends_on"))),
                unknown=unknown.get(address, {}),
                pointer=(*pointer, "resources", str(number)),
            )
        for number, child in enumerate(map(as_mapping, as_list(module.get("child_modules")))):
            below = (*pointer, "child_modules", str(number))
            modules.append((child, f"{child.get('address')}.", below))


def _read_configuration(plan: Mapping[str, Any], module: str) -> Mapping[str, Any]:
    """Return the configuration of a module by its address, with a dot at the end."""
    root_module = as_mapping(as_mapping(plan["configuration"]).get("root_module"))
    for name in INDEX.sub("", module).split(".")[1::2]:
        root_module = as_mapping(
            as_mapping(as_mapping(root_module.get("module_calls")).get(name)).get("module")
        )
    return root_module


def has_region(resources: Mapping[str, PlanResource]) -> bool:
    """Return whether a function that exists has the Region of the plan in its ARN."""
    return any(
        resource.type == "aws_lambda_function"
        and FUNCTION_ARN.match(str(resource.values.get("arn")))
        for resource in resources.values()
    )


def find_region_and_account(resources: Mapping[str, PlanResource]) -> tuple[str, str]:
    """Return Region and account by the ARN of an existing function, else the default ones."""
    for resource in resources.values():
        match = FUNCTION_ARN.match(str(resource.values.get("arn")))
        if resource.type == "aws_lambda_function" and match:
            return match[1], match[2]
    return DEFAULT_REGION, DEFAULT_ACCOUNT


@dataclass
class PlanReader:
    """Returns the values of resources as CloudFormation would have them."""

    plan: Mapping[str, Any]
    resources: Mapping[str, PlanResource]
    notes: list[str] = field(default_factory=list)

    def resolve_value(self, resource: PlanResource, name: str) -> object:
        """Return a value that may refer to another resource."""
        planned = resource.values.get(name)
        if isinstance(planned, str):
            return self._find_by_id(planned)
        if planned is not None:
            return planned
        for target, attribute in self.find_targets(resource, name):
            if not attribute and name in _PATH_ARGUMENTS and target.type == _REST_API:
                return create_get_att(target, "root_resource_id")
            return create_get_att(target, attribute)
        if resource.unknown.get(name):
            return Unresolved(f"{resource.address}: {name} is known only once it is applied")
        return None

    def find_targets(self, resource: PlanResource, name: str) -> list[tuple[PlanResource, str]]:
        """Return the resources that an argument names, with the attributes asked of them.

        The attribute is empty if the expression has an index that is not known, as `[each.key]`.
        The plan then has only the name of the resource.
        """
        return list(
            self._resolve_targets(
                list_references(resource.expressions.get(name)), resource.module, resource.index
            )
        )

    def list_dependencies(self, resource: PlanResource, references: list[str]) -> list[str]:
        """Return the addresses of the resources that references lead to, all of them for a local.

        A plan does not contain the expressions of local values.
        """
        found = dict.fromkeys(self._resolve_dependencies(references, resource.module))
        module = resource.module
        while module:
            call, module = self._find_module_call(module)
            names = [str(name) for name in as_list(call.get("depends_on"))]
            found |= dict.fromkeys(self._resolve_dependencies(names, module))
        return [address for address in found if address != resource.address]

    def read_document(self, resource: PlanResource, name: str) -> object:
        """Return a JSON document; `Unresolved` where it is not known."""
        text = resource.values.get(name)
        if not isinstance(text, str):
            return Unresolved(f"{resource.address}: {name} is known only once it is applied")
        from streaming_construct.documents.yaml_12 import parse

        try:
            return parse(text, f"{resource.address}.{name}")  # a body may be YAML
        except OpenApiError as error:
            return Unresolved(f"{resource.address}: {name} cannot be read: {error}")

    def _find_by_id(self, text: str) -> object:
        """Return a reference for a literal that is the id of a resource of the plan."""
        for resource in self.resources.values():
            if text and resource.values.get("root_resource_id") == text:
                return {"Fn::GetAtt": [resource.address, "RootResourceId"]}
            identifier = resource.values.get("id")
            if (
                resource.type in TYPES_WITH_ID
                and isinstance(identifier, str)
                and identifier
                and identifier in text
            ):
                before, _, after = text.partition(identifier)
                return {"Fn::Join": ["", [before, {"Ref": resource.address}, after]]}
        return text

    def _resolve_targets(
        self, references: list[str], module: str, index: str, depth: int = 0
    ) -> Iterator[tuple[PlanResource, str]]:
        """Yield the resources that names in a module mean, through other modules where need be."""
        for reference in references if depth <= _MODULE_DEPTH else ():
            parts = _split_reference(reference)
            if parts[0] in {"module", "var"}:
                for names, scope in self._follow_reference(parts, module):
                    own_index = index if parts[0] == "module" else _read_index(module)
                    yield from self._resolve_targets(names, scope, own_index, depth + 1)
            elif len(parts) > 1:
                target = self._find_by_name(module + ".".join(parts[:2]), index)
                if target is not None:
                    yield target, parts[2] if len(parts) > 2 else ""

    def _resolve_dependencies(
        self, references: list[str], module: str, depth: int = 0
    ) -> Iterator[str]:
        for reference in references if depth <= _MODULE_DEPTH else ():
            parts = _split_reference(reference)
            if parts[0] == "local":
                yield from self.resources
            elif parts[0] == "module" and len(parts) == 2:
                yield from self._list_instances(module + reference)
            elif parts[0] in {"module", "var"}:
                for names, scope in self._follow_reference(parts, module):
                    yield from self._resolve_dependencies(names, scope, depth + 1)
            else:
                yield from self._list_instances(module + ".".join(parts[:2]))

    def _list_instances(self, name: str) -> Iterator[str]:
        """Yield the addresses of a resource, or of all resources in a module."""
        name = _INDEX_AT_END.sub("", name)
        yield from (
            address
            for address in self.resources
            if address == name or address.startswith((f"{name}[", f"{name}."))
        )

    def _follow_reference(self, parts: list[str], module: str) -> Iterator[tuple[list[str], str]]:
        """Yield the references behind an output or a variable, and the module they stand in."""
        if parts[0] == "module" and len(parts) > 2:
            called = f"{module}module.{parts[1]}."
            outputs = as_mapping(_read_configuration(self.plan, called).get("outputs"))
            yield list_references(as_mapping(outputs.get(parts[2])).get("expression")), called
        elif parts[0] == "var" and module:
            call, outer = self._find_module_call(module)
            variable = INDEX.sub("", parts[1])
            yield list_references(as_mapping(call.get("expressions")).get(variable)), outer

    def _find_module_call(self, module: str) -> tuple[Mapping[str, Any], str]:
        """Return the call of a module, and the module that contains the call."""
        outer, _, name = module.removesuffix(".").rpartition("module.")
        calls = as_mapping(_read_configuration(self.plan, outer).get("module_calls"))
        return as_mapping(calls.get(INDEX.sub("", name))), outer

    def _find_by_name(self, name: str, index: str) -> PlanResource | None:
        """Return the resource of a name, and of several the one with the same key."""
        if resource := self.resources.get(name) or self.resources.get(name + index):
            return resource
        several = [address for address in self.resources if _INDEX_AT_END.sub("", address) == name]
        return self.resources[several[0]] if len(several) == 1 else None


def _split_reference(reference: str) -> list[str]:
    """Return the names of a reference, each with its index."""
    return _NAME.findall(reference) or [reference]


def _read_index(module: str) -> str:
    match = _INDEX_AT_END.search(module.removesuffix("."))
    return match[0] if match else ""


def list_references(expression: object) -> list[str]:
    """Return every name in an expression, or in a block of them."""
    if isinstance(expression, list):
        return [name for item in expression for name in list_references(item)]
    if not isinstance(expression, Mapping):
        return []
    if "references" in expression:
        names = [str(name) for name in as_list(expression["references"])]
        # Terraform lists `a.b.id` and then its beginnings, `a.b`.
        return [
            name
            for name in names
            if not any(other.startswith((f"{name}.", f"{name}[")) for other in names)
        ]
    return [name for item in expression.values() for name in list_references(item)]


def create_get_att(target: PlanResource, attribute: str) -> object:
    """Return the CloudFormation function for an attribute of a resource."""
    address = target.address
    if attribute in INVOKE_API_VERSIONS:
        return create_invocation_uri(create_arn_reference(target), INVOKE_API_VERSIONS[attribute])
    if attribute == "execution_arn":
        # A plan does not show a suffix after the reference, so this matches all methods and paths.
        head = "arn:aws:execute-api:*:*:"
        return {"Fn::Join": ["", [head, {"Ref": address}, "/*"]]}
    if attribute == "root_resource_id":
        return {"Fn::GetAtt": [address, "RootResourceId"]}
    if attribute in {"", "arn", "qualified_arn"} and target.type in {
        "aws_lambda_function",
        "aws_lambda_alias",
        "aws_iam_role",
    }:
        return create_arn_reference(target)
    if attribute in {"", "id", "arn", "name", "function_name", "stage_name"}:
        return {"Ref": address}
    return Unresolved(f"{address}.{attribute} is known only once it is applied")


def create_arn_reference(target: PlanResource) -> object:
    """Return the ARN of a function, an alias or a role."""
    attribute = "AliasArn" if target.type == "aws_lambda_alias" else "Arn"
    return {"Fn::GetAtt": [target.address, attribute]}


def create_invocation_uri(function_arn: object, version: str) -> object:
    """Return the integration URI that invokes a function by a version of Lambda's API."""
    path = f":lambda:path/{version}/functions/"
    parts = ["arn:aws:apigateway:", {"Ref": "AWS::Region"}, path, function_arn]
    return {"Fn::Join": ["", [*parts, f"/{INVOKE_ACTIONS[version]}"]]}


TYPES_WITH_ID: Final = frozenset({"aws_api_gateway_rest_api", "aws_api_gateway_resource"})
