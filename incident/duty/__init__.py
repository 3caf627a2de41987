"""Promises to the public ("next update 03:10") and deadlines of authorities: counted down, warned about, recorded."""
