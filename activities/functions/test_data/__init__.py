"""Made data sets: what they look like, what is wrong with them, and the chance behind both."""
