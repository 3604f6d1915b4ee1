"""Address for plugins: the components that are installed."""

from raman_xp.plugins.registry import Registry

__all__ = ["Registry"]
