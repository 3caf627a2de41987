"""Real servers on loopback that keep what they get and misbehave when told to: for the tests and for `make demo`."""
