StreamingRestApi(stack, "Api", handler=chat)
