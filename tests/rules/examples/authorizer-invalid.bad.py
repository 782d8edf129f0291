StreamingRestApi(stack, "Api", handler=chat, authorizer=Authorizer.request(chat))
