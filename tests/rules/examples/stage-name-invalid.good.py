StreamingRestApi(stack, "Api", handler=chat, deploy_options=StageOptions(stage_name="v1-beta"))
