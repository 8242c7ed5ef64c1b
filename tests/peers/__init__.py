"""Cross-checks against other people's code; `make peers`, never part of `make check`."""
