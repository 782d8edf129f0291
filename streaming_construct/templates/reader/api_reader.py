"""Read the REST and HTTP APIs of stacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from streaming_construct.documents.errors import SourceError
from streaming_construct.model.api import ApiModel
from streaming_construct.model.declaration import (
    Declaration,
)
from streaming_construct.model.http_api import HttpApi
from streaming_construct.model.template import Template
from streaming_construct.templates.reader.declaration_reader import DeclarationReader
from streaming_construct.templates.reader.http_apis import read_http_apis
from streaming_construct.templates.reader.lambda_functions.functions import LambdaFunctions
from streaming_construct.templates.reader.partial_apis import read_partial_declarations
from streaming_construct.templates.reader.selection import (
    REST_API,
    check_parameters,
    choose_api,
    choose_stack,
)
from streaming_construct.templates.reader.template_facts import read_template_facts
from streaming_construct.templates.resolver.stack_resolvers import create_resolvers
from streaming_construct.templates.stacks.stack import Stack


def read_api(
    stacks: Sequence[Stack],
    *,
    stack: str | None = None,
    api: str | None = None,
    stage: str | None = None,
    parameters: Mapping[str, str] | None = None,
) -> ApiModel:
    """Read a REST API that can be served. The arguments are those of `read_declaration`.

    Raises:
        SourceError: There is no such API, or more than one. Or a problem keeps API Gateway from
            serving it.
    """
    return get_served_api(
        read_declaration(stacks, stack=stack, api=api, stage=stage, parameters=parameters)
    )


def get_served_api(declaration: Declaration) -> ApiModel:
    """Return the API of a declaration without problems.

    Raises:
        SourceError: The declaration has problems. The message has all of them.
    """
    if declaration.problems:
        raise SourceError("\n".join(declaration.problems))
    return declaration.api


def read_declaration(
    stacks: Sequence[Stack],
    *,
    stack: str | None = None,
    api: str | None = None,
    stage: str | None = None,
    parameters: Mapping[str, str] | None = None,
    imports: Mapping[str, str] | None = None,
) -> Declaration:
    """Read one REST API of an assembly, with its problems.

    Args:
        stacks: The stacks of the assembly, among which cross-stack references are resolved.
        stack: The name of the stack to read. Default: the only one with a REST API.
        api: The logical id of the API, its construct path or a part of that (`Docs`). Default: the
            only one of its stack.
        stage: The name of the stage. Default: the API's first.
        parameters: Values of template parameters. Default: the defaults of the templates.
        imports: Values of exports of other stacks (`Fn::ImportValue`). Default: none.

    Raises:
        SourceError: There is no such API, stage or parameter, or more than one API.
    """
    check_parameters(stacks, parameters or {})
    try:
        stack_resolvers = create_resolvers(stacks, parameters=parameters, imports=imports)
        resolver = choose_stack(stack_resolvers, stack)
        logical_id, resource = choose_api(resolver, api)
        functions = LambdaFunctions(stack_resolvers)
        return DeclarationReader(
            stack_resolvers, resolver, functions, logical_id, resource, stage
        ).read()
    except RecursionError as error:
        files = ", ".join(str(item.file) for item in stacks)
        raise SourceError(f"{files}: nested too deeply") from error


def read_declarations(
    stacks: Sequence[Stack], *, parameters: Mapping[str, str] | None = None
) -> tuple[Declaration | HttpApi, ...]:
    """Read every REST and HTTP API of an assembly, as `read_contents` does.

    Raises:
        SourceError: A template cannot be read.
    """
    contents = read_contents(stacks, parameters=parameters)
    return tuple(item for item in contents if not isinstance(item, Template))


def read_contents(
    stacks: Sequence[Stack], *, parameters: Mapping[str, str] | None = None
) -> tuple[Template | Declaration | HttpApi, ...]:
    """Read the templates of an assembly, nested ones included, and every REST and HTTP API.

    The result has one declaration for each stage of a REST API, and one for a REST API without a
    stage. An API of another source, of which the stacks declare methods, has a partial one.

    Raises:
        SourceError: A template cannot be read.
    """
    check_parameters(stacks, parameters or {})
    try:
        stack_resolvers = create_resolvers(stacks, parameters=parameters)
        functions = LambdaFunctions(stack_resolvers)
        return (
            *map(read_template_facts, stack_resolvers),
            *(
                api
                for resolver in stack_resolvers
                for logical_id, resource in resolver.list_resources(REST_API)
                for api in DeclarationReader(
                    stack_resolvers, resolver, functions, logical_id, resource
                ).read_every_stage()
            ),
            *read_partial_declarations(stack_resolvers, functions),
            *read_http_apis(stack_resolvers, functions),
        )
    except RecursionError as error:
        files = ", ".join(str(stack.file) for stack in stacks)
        raise SourceError(f"{files}: nested too deeply") from error
