"""Tests of how messages are read."""
