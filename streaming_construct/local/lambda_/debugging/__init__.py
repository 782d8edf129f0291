"""Starts functions under a debugger, and prints how editors attach to it.

The folder `injected` is on the module path of Python functions. May import: nothing of this
package.
"""
