"""One API as frozen data classes; no I/O, no rules. May import: `aws`."""
