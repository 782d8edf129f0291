"""Metric filters of a function's log, on Lambda's report of each invocation.

Lambda writes it as text, or as JSON if the function's `LoggingConfig` has this format.
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# Text: `REPORT RequestId: ... Duration: 1.00 ms Billed Duration: 2 ms Memory Size: 128 MB
# Max Memory Used: 60 MB Init Duration: 300.00 ms Status: timeout`, tabs between. More may follow:
# a function that is traced has its trace there.
_TEXT: Final = (
    '[report="REPORT", id_label, id, duration_label, duration, duration_unit, '
    "billed_label1, billed_label2, billed, billed_unit, size_label1, size_label2, size, size_unit, "
    'used_label1="Max", used_label2="Memory", used_label3="Used:", used, used_unit="MB"'
)
_JSON: Final = '$.type = "platform.report"'


@dataclass(frozen=True, kw_only=True)
class ReportMetricFilter:
    """A pattern that finds reports, and what of them counts: a field, or `1` for each of them."""

    pattern: str
    value: str = "1"


@dataclass(frozen=True, kw_only=True)
class ReportMetric:
    """One metric of a function's reports: its filter for either format of the log."""

    name: str
    unit: str
    text: ReportMetricFilter
    json: ReportMetricFilter

    def build_filters(self, log_format: str | None) -> dict[str, ReportMetricFilter]:
        """Return the filter for `Text` or `JSON`, or both where it is not known which."""
        filters = {"Text": self.text, "JSON": self.json}
        return filters if log_format is None else {log_format: filters[log_format]}


# Only the first invocation of an environment has it: its samples are the cold starts.
INIT_DURATION: Final = ReportMetric(
    name="InitDuration",
    unit="Milliseconds",
    text=ReportMetricFilter(
        pattern=_TEXT + ', init_label1="Init", init_label2="Duration:", init, init_unit="ms", ...]',
        value="$init",
    ),
    json=ReportMetricFilter(
        pattern=f"{{ {_JSON} && $.record.metrics.initDurationMs = * }}",
        value="$.record.metrics.initDurationMs",
    ),
)
MEMORY_USED: Final = ReportMetric(
    name="MemoryUsed",
    unit="Megabytes",
    text=ReportMetricFilter(pattern=_TEXT + ", ...]", value="$used"),
    json=ReportMetricFilter(
        pattern=f"{{ {_JSON} && $.record.metrics.maxMemoryUsedMB = * }}",
        value="$.record.metrics.maxMemoryUsedMB",
    ),
)
TIMEOUTS: Final = ReportMetric(
    name="Timeouts",
    unit="Count",
    text=ReportMetricFilter(pattern='"REPORT RequestId:" "Status: timeout"'),
    json=ReportMetricFilter(pattern=f'{{ {_JSON} && $.record.status = "timeout" }}'),
)
