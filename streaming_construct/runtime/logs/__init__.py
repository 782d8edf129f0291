"""Lambda's log formats, and the handler of `logging` that writes them. May import: `runtime`."""
