"""From a request for items to its answer: what campaigns, recommenders and batch jobs have in common."""
