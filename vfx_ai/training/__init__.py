"""What `vfx-ai train` does: from cleared footage to a registered model, with its record and a page that shows it."""
