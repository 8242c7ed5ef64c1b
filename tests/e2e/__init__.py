"""The bot as it is served, against the fake platform: real processes, real HTTP, real databases."""
