from streaming_construct.observability.access_log_parser import AccessLogEntry
from streaming_construct.model.account import (
    Concurrency,
    FunctionConcurrency,
    CloudWatchRoleStatus,
    AccountReadiness,
    WebAcl,
)
from streaming_construct.observability.lambda_log_parser import parse_failure
from streaming_construct.model.api import Throttle
from streaming_construct.rules.deployed.account import (
    check_cloud_watch_role,
    check_throttle,
)
from streaming_construct.rules.deployed.concurrency import check_concurrency
from streaming_construct.rules.deployed.web_acl import check_web_acl
from streaming_construct.rules.deployed.function_errors import (
    check_function_failures,
)
from streaming_construct.rules.deployed.readiness import check_readiness
from streaming_construct.rules.deployed.drift import (
    check_drift,
    check_stale_deployment,
)
from streaming_construct.rules.deployed.traffic import check_traffic
from streaming_construct.model.comparison import FunctionState, RouteState
from streaming_construct.model.subject import Subject
