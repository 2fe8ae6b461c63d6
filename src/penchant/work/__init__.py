"""What jobs do: a function for each verb of each kind, a file a verb. Operations ask for work by name only."""
