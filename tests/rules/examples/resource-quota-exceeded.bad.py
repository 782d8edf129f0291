api = StreamingRestApi(stack, "Api", handler=chat)
for number in range(299):
    api.add_route(f"/room{number}")
