"""Speed, measured: what the mechanism adds to the bare SDK, and to the work of the main job."""
