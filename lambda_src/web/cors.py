"""CORS response headers, from environment variables.

With a proxy integration, the function sends these headers itself; API Gateway adds none. The
construct sets the variables from the `CorsOptions` of the API, so that both agree.
"""

from collections.abc import Mapping

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware


def add_cors(app: FastAPI, environment: Mapping[str, str]) -> None:
    """Allow the origins of `CORS_ALLOW_ORIGINS` to read responses; none without the variable.

    Lists are separated by commas. Default: only `GET`, no headers beyond the safelisted ones, none
    exposed, no credentials, preflight responses cached for 10 minutes.
    """

    def split_list(name: str) -> list[str]:
        return [item.strip() for item in environment.get(name, "").split(",") if item.strip()]

    if not split_list("CORS_ALLOW_ORIGINS"):
        return
    app.add_middleware(
        CORSMiddleware,
        allow_origins=split_list("CORS_ALLOW_ORIGINS"),
        allow_methods=split_list("CORS_ALLOW_METHODS") or ["GET"],
        allow_headers=split_list("CORS_ALLOW_HEADERS"),
        expose_headers=split_list("CORS_EXPOSE_HEADERS"),
        allow_credentials=environment.get("CORS_ALLOW_CREDENTIALS") == "true",
        max_age=int(environment.get("CORS_MAX_AGE") or 600),
    )
