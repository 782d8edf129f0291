"""The parameters of an operation, of any OpenAPI version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streaming_construct.openapi.reader.operations import Parameter, dereference_or_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from streaming_construct.openapi.reader.node import DocumentSet, Node

    # Reads a parameter of one OpenAPI version; None without a name or a location.
    ParameterReader = Callable[[DocumentSet, Node], Parameter | None]


def read_parameters(
    documents: DocumentSet,
    operation: Node,
    shared: Iterable[Node],
    unresolved: list[Node],
    read_parameter: ParameterReader,
) -> tuple[Parameter, ...]:
    """Return the parameters of an operation, then the other ones of its path item.

    Args:
        documents: The document with the files that it refers to.
        operation: The operation.
        shared: The parameters of its path item.
        unresolved: Gets each parameter that has no target, no name or no location.
        read_parameter: Reads a parameter whose references are resolved.
    """

    def read(elements: Iterable[Node]) -> Iterator[Parameter]:
        for element in elements:
            node = dereference_or_record(documents, element, unresolved)
            if node is None:
                continue
            parameter = read_parameter(documents, node)
            if parameter is None:
                unresolved.append(element)
            else:
                yield parameter

    declared = operation.get("parameters")
    parameters = list(read(declared.elements() if declared else ()))
    keys = {(parameter.location, parameter.name) for parameter in parameters}
    inherited = (
        parameter for parameter in read(shared) if (parameter.location, parameter.name) not in keys
    )
    return (*parameters, *inherited)
