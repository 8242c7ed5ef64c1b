"""Use cases shared by chat, console and scheduler. They check rights and never commit."""
