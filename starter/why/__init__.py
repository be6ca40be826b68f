"""Why a run went as it did, without a guess: every sentence follows from the log, the server and the record."""
