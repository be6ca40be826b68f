"""What an execution log says about time: spans of steps, and advice in words."""
