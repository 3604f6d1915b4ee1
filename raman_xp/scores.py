"""Address for plugins: the quantity that an explainer differentiates."""

from raman_xp.maps.quantities import Direction, Score, direction, value

__all__ = ["Direction", "Score", "direction", "value"]
