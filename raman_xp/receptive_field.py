"""Address for plugins: which channels a bin of a network sees."""

from raman_xp.maps.receptive_field import Step, Window, bin_centers, look_offsets

__all__ = ["Step", "Window", "bin_centers", "look_offsets"]
