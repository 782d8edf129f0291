paths = {
    "/chat": {"get": {"responses": {"200": {"description": "chat"}}}},
    "/health": {"get": {"responses": {"200": {"description": "health"}}}},
}
doc = OpenApi.from_dict({"openapi": "3.1.0", "paths": paths})
held = RouteOptions(response_transfer_mode=ResponseTransferMode.BUFFERED)
StreamingRestApi(stack, "Api", handler=chat, openapi=OpenApiOptions(document=doc, operation_overrides={"GET /health": held}), )
