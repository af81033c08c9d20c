"""What goes wrong before a worker is asked."""


class NodeError(Exception):
    """What a node asks for can't be done as asked; the message is one for the user."""
