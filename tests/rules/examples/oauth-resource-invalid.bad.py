resource = OAuthProtectedResource(authorization_servers=["https://id.example.com"])
StreamingRestApi(stack, "Api", handler=chat, oauth_protected_resource=resource)
