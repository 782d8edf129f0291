"""The stacks of an assembly, each with its resolver, and the references between them.

Nested stacks are stacks like the others: read from the template that their resource names, given
its parameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from streaming_construct.templates.resolver.nested_stacks import NESTED, read_nested_stack
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.resolver.transforms import apply_transforms
from streaming_construct.templates.stacks.coercion import as_mapping
from streaming_construct.templates.stacks.stack import Stack
from streaming_construct.templates.stacks.unresolved import Unresolved


def create_resolvers(
    stacks: Sequence[Stack],
    *,
    parameters: Mapping[str, str] | None = None,
    imports: Mapping[str, str] | None = None,
) -> tuple[Resolver, ...]:
    """Create a resolver for each stack, nested stacks after their parents.

    `imports` has values of exports of stacks that are not among them.

    Raises:
        SourceError: SAM rejects a template.
    """
    assembly = _Assembly(imports or {})
    for stack in stacks:
        assembly.add(stack, parameters or {}, above=())
    for resolver in assembly.resolvers:
        resolver.clear_cache()
    return tuple(assembly.resolvers)


class _Assembly:
    """The references of one stack to the other stacks of an assembly."""

    def __init__(self, imports: Mapping[str, str]) -> None:
        self._imports = imports
        self.resolvers: list[Resolver] = []
        self._nested: dict[tuple[str, str], Resolver | Unresolved] = {}

    def add(
        self, stack: Stack, parameters: Mapping[str, object], *, above: tuple[Stack, ...]
    ) -> Resolver:
        """Add a stack with the stacks nested in it; `above` are those it is nested in."""
        as_written = Resolver(stack, parameters=parameters, references=self)
        stack = apply_transforms(stack, parameters, as_written.resolve)
        resolver = Resolver(stack, parameters=parameters, references=self)
        resolver.written = as_written.stack
        self.resolvers.append(resolver)
        for logical_id, resource in resolver.list_resources(NESTED):
            nested = self._add_nested(resolver, logical_id, resource, above=(*above, stack))
            self._nested[stack.name, logical_id] = nested
            if isinstance(nested, Unresolved):
                note = f"{stack.file}: nested stack {logical_id} is not read: {nested}"
                stack = replace(stack, notes=(*stack.notes, note))
        resolver.stack = stack
        return resolver

    def _add_nested(
        self,
        parent: Resolver,
        logical_id: str,
        resource: Mapping[str, object],
        *,
        above: tuple[Stack, ...],
    ) -> Resolver | Unresolved:
        properties = as_mapping(resource.get("Properties"))
        url = parent.resolve(properties.get("TemplateURL"))
        stack = read_nested_stack(parent.stack, logical_id, url)
        if isinstance(stack, Unresolved):
            return stack
        if any(stack.file.resolve() == ancestor.file.resolve() for ancestor in above):
            return Unresolved(f"{stack.file} is nested in itself")
        return self.add(
            stack,
            NestedStackParameters(parent, as_mapping(properties.get("Parameters"))),
            above=above,
        )

    def export(self, name: str) -> object:
        if name in self._imports:
            return self._imports[name]
        for resolver in self.resolvers:
            for export, output in resolver.list_exports():
                if export == name:
                    return resolver.output(output)
        return Unresolved(
            f"Fn::ImportValue: no stack of this assembly exports {name}."
            f" `local` takes its value from --import {name}=VALUE"
        )

    def output(self, stack: str, name: str) -> object:
        for resolver in self.resolvers:
            if stack in resolver.stack.names:
                return resolver.output(name)
        return Unresolved(f"Fn::GetStackOutput: this assembly has no stack {stack}")

    def nested_output(self, parent: Stack, logical_id: str, name: str) -> object:
        resolver = self._nested.get((parent.name, logical_id), Unresolved("the stack is not known"))
        if isinstance(resolver, Unresolved):
            return Unresolved(f"nested stack {logical_id}: {resolver}")
        return resolver.output(name)


class NestedStackParameters(Mapping[str, object]):
    """The parameters that a stack passes to a nested stack, resolved on first access.

    Only then are all stacks there: one may pass on what another gives out.
    """

    def __init__(self, parent: Resolver, written: Mapping[str, object]) -> None:
        self._parent = parent
        self._written = written

    def __getitem__(self, name: str) -> object:
        return self._parent.resolve(self._written[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._written)

    def __len__(self) -> int:
        return len(self._written)
