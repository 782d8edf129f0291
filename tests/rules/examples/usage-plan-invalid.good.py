api = StreamingRestApi(stack, "Api", handler=chat)
api.add_usage_plan("Team", quota=QuotaSettings(limit=1000, period=Period.DAY))
