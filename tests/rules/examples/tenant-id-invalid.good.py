tenants = TenantId.header("x-tenant-id")
StreamingRestApi(stack, "Api", handler=chat, tenant_id=tenants)
