"""`Resolver`: the values of a CloudFormation template, resolved without CloudFormation.

Pure: templates in, plain values out. A value that is unknown becomes an `Unresolved`, so that the
values that do not depend on it are still read.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from streaming_construct.aws.partitions import find_partition
from streaming_construct.templates.resolver.intrinsic_functions import (
    INTRINSIC_FUNCTIONS,
    NO_VALUE,
    StackReferences,
)
from streaming_construct.templates.resolver.nested_stacks import NESTED
from streaming_construct.templates.resolver.physical_ids import (
    KINDS,
    UNKNOWN_KIND,
    create_placeholder_id,
    create_placeholder_name,
    extract_function_name,
)
from streaming_construct.templates.resolver.transforms import LANGUAGE_EXTENSIONS, list_transforms
from streaming_construct.templates.stacks.coercion import as_mapping, to_string
from streaming_construct.templates.stacks.intrinsic_arguments import (
    find_argument_problem,
    quote_argument,
)
from streaming_construct.templates.stacks.json_text import parse_json_properties
from streaming_construct.templates.stacks.stack import Stack
from streaming_construct.templates.stacks.unresolved import Unresolved, list_unresolved_reasons

# The maximum numbers of characters that functions write. The first is for one property of a
# resource, which CloudFormation limits to the 1 MB of a template. The second is for one reference.
_MAX_CHARACTERS: Final = 4_000_000
_MAX_REFERENCE_CHARACTERS: Final = 100_000
_URL_SUFFIXES: Final = {"aws-cn": "amazonaws.com.cn"}


class Resolver:
    """Resolves the values of one stack.

    `stack` is as the transforms of its template leave it, and `written` as its author wrote it.
    `parameters` override the defaults of the template's parameters. `references` resolves
    references to other stacks; without it, they are unresolved.
    """

    def __init__(
        self,
        stack: Stack,
        *,
        parameters: Mapping[str, object] | None = None,
        references: StackReferences | None = None,
    ) -> None:
        self.stack = stack
        self.written = stack
        self._parameters = parameters or {}
        self.references = references
        self._extended = LANGUAGE_EXTENSIONS in list_transforms(stack.template)
        self._in_progress: set[str] = set()
        self._characters = 0
        self._cache: dict[tuple[str, ...], Any] = {}
        partition = find_partition(stack.region) or "aws"
        stack_id = create_placeholder_id(stack.name)
        self._pseudo: dict[str, object] = {
            "AWS::AccountId": stack.account,
            "AWS::NoValue": NO_VALUE,
            "AWS::NotificationARNs": [],
            "AWS::Partition": partition,
            "AWS::Region": stack.region,
            "AWS::StackId": f"arn:{partition}:cloudformation:{stack.region}:{stack.account}"
            f":stack/{stack.name}/{stack_id}",
            "AWS::StackName": stack.name,
            "AWS::URLSuffix": _URL_SUFFIXES.get(partition, "amazonaws.com"),
        }

    def list_resources(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield logical id and resource of one type, except those whose condition is false."""
        for logical_id, resource in self.section("Resources").items():
            if as_mapping(resource).get("Type") == kind and self._has_value(resource):
                yield logical_id, resource

    def section(self, name: str) -> Mapping[str, Any]:
        """Return a section of the template, as written; empty if it is missing."""
        return as_mapping(self.stack.template.get(name))

    def properties(self, resource: Mapping[str, Any]) -> Mapping[str, Any]:
        """Resolve the properties of a resource, and parse JSON that they have as text."""
        resolved = self.resolve(resource.get("Properties", {}))
        kind = str(resource.get("Type"))
        return parse_json_properties(kind, resolved) if isinstance(resolved, Mapping) else {}

    def list_exports(self) -> Iterator[tuple[object, str]]:
        """Yield the export name and the name of every exported output."""
        for name, output in self.section("Outputs").items():
            export = as_mapping(as_mapping(output).get("Export"))
            if "Name" not in export or not self._has_value(output):
                continue
            with self._detect_cycle(f"the export of {name}") as free:
                export_name = self.resolve(export["Name"]) if free else None
            yield export_name, name

    def output(self, name: str) -> object:
        """Resolve an output of the stack."""
        result: object = self._cache_result(
            ("output", name), lambda: self._resolve_output_value(name)
        )
        return result

    def _resolve_output_value(self, name: str) -> object:
        declared = as_mapping(self.section("Outputs").get(name))
        if "Value" not in declared or not self._has_value(declared):
            return Unresolved(f"stack {self.stack.name} has no output {name}")
        with self._detect_cycle(f"output {name}") as free:
            if not free:
                return Unresolved(f"output {name} of stack {self.stack.name} refers to itself")
            return self.resolve(declared["Value"])

    def clear_cache(self) -> None:
        """Forget resolved references; call it when the other stacks are complete."""
        self._cache.clear()

    def resolve(self, value: object) -> Any:
        """Resolve a value of the template, through lists and mappings."""
        if not self._in_progress:
            self._characters = 0
        return self.resolve_nested(value)

    def resolve_nested(self, value: object) -> Any:
        """Resolve a part of a value that is being resolved; its characters count with the value."""
        if isinstance(value, str):
            if "{{resolve:" in value:
                return Unresolved(f"only CloudFormation can resolve {value}")
            return value
        if isinstance(value, list):
            return [item for item in map(self.resolve_nested, value) if item is not NO_VALUE]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name == "Ref":
                return self._call(name, argument)
            if name == "Condition" and isinstance(argument, str):
                return self.condition(argument)
            if name.startswith("Fn::"):
                return self._call(name, argument)
        if "Fn::Transform" in value:
            return self._call("Fn::Transform", value["Fn::Transform"])
        resolved = {key: self.resolve_nested(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not NO_VALUE}

    def _call(self, name: str, argument: Any) -> Any:
        function = INTRINSIC_FUNCTIONS.get(name)
        if function is None:
            return Unresolved(f"{name} is not supported")
        if function.is_language_extension and not self._extended:
            return Unresolved(f"{name} needs Transform: {LANGUAGE_EXTENSIONS}")
        try:
            if function.is_lazy:
                return function.evaluate(self, argument)
            resolved = self.resolve_nested(argument)
            reason = next(list_unresolved_reasons(resolved), None)
            if reason is not None:
                return Unresolved(reason)
            return self._count_elements(function.evaluate(self, resolved))
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            problem = find_argument_problem(name, argument)
            quoted = quote_argument(argument)
            return Unresolved(problem or f"{name} of {quoted} is invalid: {error}")

    def _count_elements(self, result: Any) -> Any:
        if isinstance(result, str):
            self.count_characters(len(result))
        return result

    def count_characters(self, characters: int) -> None:
        """Count the characters that a function is about to write.

        Raises:
            ValueError: The value has more characters than the limit.
        """
        self._characters += characters
        if self._characters > _MAX_CHARACTERS:
            raise ValueError(f"the value has more than {_MAX_CHARACTERS:,} characters")

    def _cache_result(self, key: tuple[str, ...], compute: Callable[[], Any]) -> Any:
        """Resolve a reference once, however often the template repeats it."""
        if key not in self._cache:
            name = ".".join(key[1:])
            try:
                value = compute()
            except RecursionError:
                value = Unresolved(f"{name} is the end of a chain of too many references")
            if isinstance(value, str) and len(value) > _MAX_REFERENCE_CHARACTERS:
                most = f"{_MAX_REFERENCE_CHARACTERS:,}"
                value = Unresolved(f"{name} has more than {most} characters")
            self._cache[key] = value
        return self._cache[key]

    def ref(self, name: str) -> Any:
        """Return the value of `Ref` to a pseudo-parameter, a parameter or a resource."""
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self.section("Parameters"):
            return self._resolve_parameter(name)
        return self.attribute(name, None)

    def _resolve_parameter(self, name: str) -> object:
        declared = as_mapping(self.section("Parameters")[name])
        kind = str(declared.get("Type", "String"))
        if name in self._parameters:
            override = self._parameters[name]
            if isinstance(override, Unresolved):
                return Unresolved(f"parameter {name}: {override}")
            values = override if isinstance(override, list) else [override]
            value = ",".join(map(to_string, values))
        elif kind.startswith("AWS::SSM::Parameter::Value"):
            return Unresolved(
                f"parameter {name} is read from the SSM parameter store"
                f" ({declared.get('Default')}): pass --parameter {name}=VALUE"
            )
        elif "Default" in declared:
            value = to_string(declared["Default"])
        else:
            return Unresolved(f"parameter {name} has no default: pass --parameter {name}=VALUE")
        if kind == "CommaDelimitedList" or "List<" in kind:
            return [item.strip() for item in value.split(",")]
        return value

    def attribute(self, logical_id: str, attribute: str | None) -> object:
        """Return the value of `Fn::GetAtt`; of `Ref` to a resource if `attribute` is None."""
        key = ("resource", logical_id, *([] if attribute is None else [attribute]))
        return self._cache_result(key, lambda: self._resolve_resource_value(logical_id, attribute))

    def _resolve_resource_value(self, logical_id: str, attribute: str | None) -> object:
        resource = as_mapping(self.section("Resources").get(logical_id))
        name = logical_id if attribute is None else f"{logical_id}.{attribute}"
        if not resource:
            return Unresolved(f"{name}: {self.stack.file.name} has no {logical_id}")
        if resource.get("Type") == NESTED and attribute and attribute.startswith("Outputs."):
            return self._resolve_nested_output(logical_id, attribute.removeprefix("Outputs."))
        kind = KINDS.get(str(resource.get("Type")), UNKNOWN_KIND)
        pattern = kind.ref if attribute is None else kind.attributes.get(attribute)
        physical_id = self.stack.physical_ids.get(logical_id)
        if physical_id is not None and pattern == kind.ref:
            return physical_id
        if pattern is None:
            return Unresolved(f"{name} is unknown until {resource.get('Type')} is deployed")
        with self._detect_cycle(name) as free:
            if not free:
                return Unresolved(f"{name} refers to itself")
            return self._expand_pattern(pattern, logical_id, resource, kind.name_property)

    def _resolve_nested_output(self, logical_id: str, name: str) -> object:
        if self.references is None:
            return Unresolved(f"{logical_id}.Outputs.{name}: the nested stack is unknown")
        return self.references.nested_output(self.stack, logical_id, name)

    def _expand_pattern(
        self,
        pattern: str,
        logical_id: str,
        resource: Mapping[str, Any],
        name_property: str | None,
    ) -> object:
        """Expand a pattern of `physical_ids`; only the properties that it names are resolved."""
        properties = as_mapping(resource.get("Properties"))
        physical_id = self.stack.physical_ids.get(logical_id)
        fields: dict[str, object] = {
            "id": physical_id or create_placeholder_id(self.stack.name, logical_id),
            "partition": self._pseudo["AWS::Partition"],
            "region": self.stack.region,
            "account": self.stack.account,
            "name": physical_id or create_placeholder_name(self.stack.name, logical_id),
        }
        for field in re.findall(r"\{(\w+)\}", pattern):
            source = name_property if field == "name" else field
            if source is None or source not in properties:
                continue
            value = self.resolve_nested(properties[source])
            if isinstance(value, Unresolved):
                return Unresolved(f"{logical_id}: {value}")
            fields[field] = (
                extract_function_name(to_string(value))
                if field == "FunctionName"
                else to_string(value)
            )
        return pattern.format_map(fields)

    def condition(self, name: str) -> bool | Unresolved:
        """Return whether a condition of the template is true."""
        result: bool | Unresolved = self._cache_result(
            ("condition", name), lambda: self._evaluate_condition(name)
        )
        return result

    def _evaluate_condition(self, name: str) -> bool | Unresolved:
        conditions = self.section("Conditions")
        if name not in conditions:
            return Unresolved(f"condition {name} is not in {self.stack.file.name}")
        with self._detect_cycle(f"condition {name}") as free:
            if not free:
                return Unresolved(f"condition {name} refers to itself")
            value = self.resolve_nested(conditions[name])
        return value if isinstance(value, Unresolved) else bool(value)

    def _has_value(self, part: Mapping[str, Any]) -> bool:
        # A part with an unknown condition is kept, so that its unresolved values are reported.
        return "Condition" not in part or self.condition(to_string(part["Condition"])) is not False

    @contextmanager
    def _detect_cycle(self, name: str) -> Iterator[bool]:
        if name in self._in_progress:
            yield False
            return
        self._in_progress.add(name)
        try:
            yield True
        finally:
            self._in_progress.discard(name)
