"""HTTP/1.1 client and server on asyncio and httptools. May import: nothing of this package."""
