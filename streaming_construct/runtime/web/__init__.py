"""ASGI and WSGI apps as handlers of HTTP events. May import the modules of the folder above.

The servers in the folder above (`main`, `asyncio_server`) import this folder, never the reverse.
"""
