api = StreamingRestApi(stack, "Api", handler=chat)
api.add_oauth_protected_resource(authorization_servers=["https://id.example.com"])
