-- The record store lives beside Temporal's own databases, in one of its own.
CREATE DATABASE fiberwise;
