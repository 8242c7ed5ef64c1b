"""What the ledgers hold about one person: all of it for himself, and how it is made anonymous."""
