words = PythonStreamingFunction(stack, "Words", entry="lambda_src/plain", handler="words.handler")
StreamingRestApi(stack, "One", handler=words, cors=CorsOptions(allow_origins=["*"]))
StreamingRestApi(stack, "Two", handler=words, cors=CorsOptions(allow_origins=["*"]))
