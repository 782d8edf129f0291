StreamingRestApi(stack, "Api", handler=chat.add_alias("live"))
