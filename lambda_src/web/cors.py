"""Cross-origin headers, as the environment says.

Behind a proxy integration the function itself answers with them; API Gateway adds none. The
construct sets these variables from the `CorsOptions` of the API, so that both agree.
"""

from collections.abc import Mapping

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware


def add_cors(app: FastAPI, environment: Mapping[str, str]) -> None:
    """Let the origins of `CORS_ALLOW_ORIGINS` read what the app answers; none without it.

    Lists are separated by commas. Default: `GET` alone, no headers but those that are always
    allowed, none exposed, no credentials, preflight answers kept for 10 minutes.
    """

    def listed(name: str) -> list[str]:
        return [item.strip() for item in environment.get(name, "").split(",") if item.strip()]

    if not listed("CORS_ALLOW_ORIGINS"):
        return
    app.add_middleware(
        CORSMiddleware,
        allow_origins=listed("CORS_ALLOW_ORIGINS"),
        allow_methods=listed("CORS_ALLOW_METHODS") or ["GET"],
        allow_headers=listed("CORS_ALLOW_HEADERS"),
        expose_headers=listed("CORS_EXPOSE_HEADERS"),
        allow_credentials=environment.get("CORS_ALLOW_CREDENTIALS") == "true",
        max_age=int(environment.get("CORS_MAX_AGE") or 600),
    )
