cors = CorsOptions(allow_origins=["https://app.example"])
StreamingRestApi(stack, "Api", handler=chat, cors=cors)
