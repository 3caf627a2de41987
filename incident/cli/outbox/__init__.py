"""Hold, release, stop or retry what is being sent."""
