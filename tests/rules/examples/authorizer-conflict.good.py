api = StreamingRestApi(stack, "Api", handler=chat, authorizer=Authorizer.token(chat))
uncached = Authorizer.token(chat, results_cache_ttl=Duration.seconds(0), authorizer_name="Uncached")
api.add_route("/pay", authorizer=uncached)
