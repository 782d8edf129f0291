StreamingRestApi(stack, "Api", handler=chat, deploy_options=StageOptions(caching_enabled=True))
