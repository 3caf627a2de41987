"""What the measurements share: the texts, the workspace, the sinks, the peers, and the processes they run in."""
