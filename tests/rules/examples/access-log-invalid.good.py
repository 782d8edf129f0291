StreamingRestApi(stack, "Api", handler=chat, access_log=False)
