"""What goes wrong before a worker is asked, and what is our own fault."""


class NodeError(Exception):
    """What a node asks for can't be done as asked; the message is one for the user."""


def fault(error: Exception) -> str:
    """What the user is told of an exception that should not be."""
    return f"this is a fault of the plugin: {type(error).__name__}: {error}"
