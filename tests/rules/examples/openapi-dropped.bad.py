paths = {"/chat": {"get": {"responses": {"default": {"description": "any"}}}}}
doc = OpenApi.from_dict({"openapi": "3.1.0", "paths": paths})
StreamingRestApi(stack, "Api", handler=chat, openapi=doc)
