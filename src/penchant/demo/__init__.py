"""`penchant demo`: the main job on real purchases, with boto3 against a server of its own. Start at `tour`."""
