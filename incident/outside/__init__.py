"""What is done outside of this program: a command, an HTTP request, a connection. Each ends within its time, and says
how it ended; what it is for, nobody here knows.
"""
