words = PythonStreamingFunction(stack, "Words", entry="lambda_src/plain", handler="words.handler")
StreamingRestApi(stack, "One", handler=words, cors=CorsOptions(allow_origins=["*"]))
other = CorsOptions(allow_origins=["https://app.example"])
StreamingRestApi(stack, "Two", handler=words, cors=other)
