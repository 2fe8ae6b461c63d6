"""Durable jobs on DBOS Transact. Nothing here knows what a recommendation is."""
