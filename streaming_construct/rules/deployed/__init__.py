"""The rules that only a deployment can break: pure functions of plain facts, one file a subject.

Their facts are in `knowledge`: `states`, `access_log_lines`, `function_log` and `account`.
"""
