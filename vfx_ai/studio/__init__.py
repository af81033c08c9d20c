"""The studio's own footage: the catalogue, what each shot may be used for, and the ledger of what came of it."""
