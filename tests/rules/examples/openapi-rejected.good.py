paths = {"/chat": {"get": {"responses": {"200": {"description": "chat"}}}}}
doc = OpenApi.from_dict({"openapi": "3.1.0", "paths": paths})
StreamingRestApi(stack, "Api", handler=chat, openapi=doc)
