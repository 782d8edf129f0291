paths = {"/chat": {"get": {"responses": {"200": {"description": "chat"}}}}}
doc = OpenApi.from_dict({"openapi": "3.1.0", "paths": paths})
slow = RouteOptions(timeout=Duration.minutes(2))
StreamingRestApi(stack, "Api", handler=chat, openapi=OpenApiOptions(document=doc, operation_overrides={"GET /chats": slow}), )
