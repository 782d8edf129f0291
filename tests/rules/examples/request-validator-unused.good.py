schema = {"type": "object", "required": ["text"]}
body = {"required": True, "content": {"application/json": {"schema": schema}}}
post = {"requestBody": body, "responses": {"200": {"description": "said"}}}
document = {
    "openapi": "3.1.0",
    "info": {"title": "Chat", "version": "1"},
    "paths": {"/chat": {"post": post}},
}
StreamingRestApi(
    stack,
    "Api",
    handler=chat,
    openapi=OpenApi.from_dict(document),
    request_validator_options=RequestValidatorOptions(validate_request_body=True),
)
