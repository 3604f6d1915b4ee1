"""The components that come in the box; found through the same entry points as anyone's."""
