"""From a recipe to its result: the problem that is posed, the trainer that runs it, what it comes to."""
