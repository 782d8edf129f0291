api = StreamingRestApi(stack, "Api", handler=chat, authorizer=Authorizer.iam())
api.grant_execute(chat, path="/jobs/{id}")
