"""Address for plugins: maps at bins, interpolated to the channels."""

from raman_xp.maps.placement import Placement

__all__ = ["Placement"]
