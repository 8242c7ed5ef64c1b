"""Message → utterance → intent → transaction."""
