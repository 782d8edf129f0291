StreamingRestApi(stack, "Api", handler=chat.add_function_url())
