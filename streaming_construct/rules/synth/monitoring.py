"""Rules on the access log and the metrics of a construct."""

from __future__ import annotations

from typing import Final

from streaming_construct.rules.rule import Rule, Severity

ACCESS_LOG_INVALID: Final = Rule(
    id="access-log-invalid",
    severity=Severity.ERROR,
    title="Access log setting without effect",
    what=(
        "An access log setting has no effect: it is for a new log group beside an existing "
        "one, or access logging is disabled."
    ),
    why="A reader of the code would assume that the setting applies.",
    fix="Remove the setting, or set it on the log group.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
    tags=frozenset({"logging", "synth"}),
)

STREAM_METRIC_INVALID: Final = Rule(
    id="stream-metric-invalid",
    severity=Severity.ERROR,
    title="Streaming metric without access log data",
    what=(
        "A metric, alarm, query, or dashboard needs an access log in JSON with certain "
        "fields, or names an unknown route."
    ),
    why="The metric filter would silently match no log event.",
    fix=(
        "Keep the default access log format, or add the named fields. Add the route before "
        "its metric."
    ),
    source_url="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html",
    tags=frozenset({"logging", "synth"}),
)

FUNCTION_LOG_INVALID: Final = Rule(
    id="function-log-invalid",
    severity=Severity.ERROR,
    title="Function log without reports",
    what=(
        "Metrics are requested for a function whose log group is not in this app, or whose "
        "system log level excludes reports."
    ),
    why=(
        "Lambda creates its own log group on the first invocation. At system log level "
        "`WARN`, it writes no `platform.report` events."
    ),
    fix=(
        "Set the function's `log_group` or pass the existing one. Set the system log level "
        "to `INFO`."
    ),
    source_url="https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html",
    tags=frozenset({"logging", "synth"}),
)
