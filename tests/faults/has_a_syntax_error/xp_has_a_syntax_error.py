"""Is no Python."""

def explain(self, task)
    return None
