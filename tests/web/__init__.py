"""Tests of webhook, pages, server and logs."""
