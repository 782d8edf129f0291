"""ASGI and WSGI apps as handlers of HTTP events. May import: `runtime`.

The servers in the folder above (`main`, `asyncio_server`) import this folder, never the reverse.
"""
