"""`make demo`: one night from declaration to the last word, played by the real program against servers on loopback."""
