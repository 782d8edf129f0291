tenants = TenantId.header("x-amz-tenant-id")
StreamingRestApi(stack, "Api", handler=chat, tenant_id=tenants)
