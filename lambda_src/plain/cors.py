"""The cross-origin headers of an answer, by the environment that the construct sets."""

from collections.abc import Mapping


def cors_headers(headers: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """Give the cross-origin headers for a request, as the variables say that the construct sets."""
    allowed = [o.strip() for o in environment.get("CORS_ALLOW_ORIGINS", "").split(",") if o.strip()]
    if not allowed:
        return {}
    answer = {} if "*" in allowed else {"Vary": "Origin"}
    origin = next((value for name, value in headers.items() if name.lower() == "origin"), None)
    if origin is None or not ({"*", origin} & set(allowed)):
        return answer
    answer["Access-Control-Allow-Origin"] = "*" if "*" in allowed else origin
    if environment.get("CORS_ALLOW_CREDENTIALS") == "true":
        answer["Access-Control-Allow-Credentials"] = "true"
    if environment.get("CORS_EXPOSE_HEADERS"):
        answer["Access-Control-Expose-Headers"] = environment["CORS_EXPOSE_HEADERS"]
    return answer
