"""A loopback simulator of a small fleet of meeting rooms, with faults that can be switched on, for demos and tests."""
