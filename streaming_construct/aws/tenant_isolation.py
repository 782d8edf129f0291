"""Tenant isolation of Lambda functions behind API Gateway.

Source: https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation-invoke.html
"""

from __future__ import annotations

import re
from typing import Final

TENANT_ISOLATION_MODE: Final = "PER_TENANT"
"""The value of `TenancyConfig.TenantIsolationMode`."""

TENANT_ID_PARAMETER: Final = "integration.request.header.X-Amz-Tenant-Id"
"""The integration request parameter that passes the id of the tenant to Lambda."""

TENANT_ID_PATTERN: Final = re.compile(r"[a-zA-Z0-9._:/=+\-@ ]+")
"""The characters of a tenant's id: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""

TENANT_ID_MAX_CHARACTERS: Final = 256
