"""CORS response headers for a function without `streaming_construct.runtime` in its asset."""

from collections.abc import Mapping


def create_cors_headers(
    request_headers: Mapping[str, str], environment: Mapping[str, str]
) -> dict[str, str]:
    """Return the CORS headers of the response to a request; none if CORS is not configured."""
    origins = [o.strip() for o in environment.get("CORS_ALLOW_ORIGINS", "").split(",") if o.strip()]
    if not origins:
        return {}
    headers = {} if "*" in origins else {"Vary": "Origin"}
    values = (value for name, value in request_headers.items() if name.lower() == "origin")
    origin = next(values, None)
    if origin is None or not ({"*", origin} & set(origins)):
        return headers
    headers["Access-Control-Allow-Origin"] = "*" if "*" in origins else origin
    if environment.get("CORS_ALLOW_CREDENTIALS") == "true":
        headers["Access-Control-Allow-Credentials"] = "true"
    if environment.get("CORS_EXPOSE_HEADERS"):
        headers["Access-Control-Expose-Headers"] = environment["CORS_EXPOSE_HEADERS"]
    return headers
