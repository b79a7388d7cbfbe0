"""AWS in memory, at the level of boto3's clients: what they take, give and raise, without HTTP."""
