"""`streaming-construct token`: a token that the authorizers of the local gateway accept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from streaming_construct.documents.errors import SourceError
from streaming_construct.local.gateway.authorizers.signing_keys import SigningKeys, create_jwt_token
from streaming_construct.local.gateway.authorizers.user_pools import (
    UserPools,
    create_user_pool_token,
    list_accepted_user_pools,
)
from streaming_construct.local.session import get_keys_folder
from streaming_construct.model.api import ApiModel, Route
from streaming_construct.templates.reader.api_reader import read_api
from streaming_construct.templates.stacks.loader import load_templates


@click.command()
@click.argument("path", default="cdk.out", type=click.Path(path_type=Path))
@click.option("--stack", metavar="NAME", help="Stack with the REST API.")
@click.option("--api", metavar="NAME", help="REST API of the token.")
@click.option("--stage", metavar="NAME", help="Stage of the REST API. Default: the first.")
@click.option("--issuer", metavar="URL", help="Issuer of a JWT authorizer. Default: the first.")
@click.option("--user-pool", metavar="ID", help="Cognito user pool. Default: the first.")
@click.option("--scope", "scopes", metavar="NAME", multiple=True, help="Scope. Repeatable.")
@click.option(
    "--claim",
    "claims",
    metavar="NAME=VALUE",
    multiple=True,
    help="Claim to add or replace; a JSON value keeps its type. Repeatable.",
)
@click.option(
    "--lifetime",
    metavar="SECONDS",
    default=3600,
    show_default=True,
    help="Lifetime of the token; negative for an expired one.",
)
def token(
    *,
    path: Path,
    stack: str | None,
    api: str | None,
    stage: str | None,
    issuer: str | None,
    user_pool: str | None,
    scopes: tuple[str, ...],
    claims: tuple[str, ...],
    lifetime: float,
) -> None:
    """Print a token that `streaming-construct local` accepts.

    PATH is a cloud assembly (the output of `cdk synth`) or a template. Default: cdk.out. The token
    goes to standard output, a curl command with it to standard error. No issuer and no user pool
    knows the key: the token has no effect on AWS.
    """
    try:
        model = read_api(load_templates(path), stack=stack, api=api, stage=stage)
        made = _create_token(
            model,
            issuer=issuer,
            user_pool=user_pool,
            scopes=scopes,
            claims=dict(map(_parse_claim, claims)),
            lifetime_seconds=lifetime,
        )
    except (LookupError, SourceError) as error:
        raise click.UsageError(str(error.args[0])) from error
    click.echo(made)
    header = _format_header(model)
    click.echo(
        f"curl -N -H '{header}: Bearer {made}' http://127.0.0.1:3000/{model.stage.name}/", err=True
    )


def _create_token(
    model: ApiModel, *, issuer: str | None, user_pool: str | None, **options: Any
) -> str:
    if not any(map(_is_taking_tokens, model.routes)):
        raise LookupError(
            f"no route of {model.origin} has a Cognito or JWT authorizer, so the API needs no"
            " token. Add an authorizer to a route, or send the request without a token."
        )
    keys = SigningKeys(get_keys_folder())
    pools = list_accepted_user_pools(model)
    if user_pool is not None or (pools and issuer is None):
        return create_user_pool_token(model, UserPools(keys), user_pool, **options)
    return create_jwt_token(model, keys, issuer, **options)


def _is_taking_tokens(route: Route) -> bool:
    """Return whether the authorizer of a route accepts tokens that this command signs."""
    authorizer = route.access.authorizer
    return authorizer is not None and bool(authorizer.jwt or authorizer.user_pools)


def _format_header(model: ApiModel) -> str:
    """Return the header from which the first authorizer with tokens reads them."""
    for route in model.routes:
        authorizer = route.access.authorizer
        if authorizer and (authorizer.jwt or authorizer.user_pools):
            for source in authorizer.identity_sources:
                return source.rpartition(".")[2]
    return "Authorization"


def _parse_claim(text: str) -> tuple[str, Any]:
    name, separator, value = text.partition("=")
    if not separator:
        raise click.BadParameter(f"{text!r} has no '='. Write NAME=VALUE.", param_hint="--claim")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
