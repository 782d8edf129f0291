by_tenant = Authorizer.request(chat, identity_sources=[IdentitySource.header("X-Tenant")])
StreamingRestApi(stack, "Api", handler=chat, authorizer=by_tenant)
