api = StreamingRestApi(stack, "Api", handler=chat)
api.add_usage_plan("Team", quota=QuotaSettings(limit=0, period=Period.DAY))
