"""Channels: envelopes, receivers, senders, tokens."""
