"""Access-log and Lambda-log formats, metric filters and Logs Insights queries as data.

May import: `aws`, `documents`, `model`.
"""
