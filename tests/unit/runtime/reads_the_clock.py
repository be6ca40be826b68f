"""What a library may do when it is imported, and a workflow may not."""

import time

LOADED = time.time()
