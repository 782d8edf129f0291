StreamingRestApi(stack, "Api", handler=chat, api_key_required=True)
