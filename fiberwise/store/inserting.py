"""The one statement in which the two databases differ for us: an insert that knows what to do on a conflict."""

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite


def insert_on(connection: Connection) -> type[postgresql.Insert] | type[sqlite.Insert]:
    return postgresql.Insert if connection.dialect.name == "postgresql" else sqlite.Insert
