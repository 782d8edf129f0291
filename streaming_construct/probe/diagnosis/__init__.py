"""Pure functions from a response to a verdict with a cause. May import: `aws`, `probe.http`."""
