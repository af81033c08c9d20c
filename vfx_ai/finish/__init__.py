"""What makes a fill part of its plate."""
