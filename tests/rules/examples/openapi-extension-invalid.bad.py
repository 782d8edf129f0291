get = {"responses": {"200": {"description": "chat"}}, "x-streaming-construct": {"mode": "STREAM"}}
doc = OpenApi.from_dict({"openapi": "3.1.0", "paths": {"/chat": {"get": get}}})
StreamingRestApi(stack, "Api", handler=chat, openapi=doc)
