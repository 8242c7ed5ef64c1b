"""The rules, as tables."""
