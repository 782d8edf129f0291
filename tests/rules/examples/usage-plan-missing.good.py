api = StreamingRestApi(stack, "Api", handler=chat, api_key_required=True)
api.add_usage_plan("Team", api_keys=[api.add_api_key("Web")])
