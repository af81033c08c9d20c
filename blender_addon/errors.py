"""What goes wrong before a worker is asked."""


class Told(Exception):  # noqa: N818 - it is what the user is told
    """Something can't be done as asked; the message is one for the user."""
