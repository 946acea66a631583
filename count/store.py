"""The tables of the count, and the two ways to them: reading, and writing.

SQLite in the workspace by default; a PostgreSQL server when `PHIEU_DATABASE` names one, so that several desks
can share a count. All that is written in one `with store.writing()` block is there afterwards, or nothing of
it is; writers wait for each other. A page's reading is one row, as versioned JSON, with its gist beside it;
an index holds the gists ballot by ballot, so that a tally opens no JSON.
"""

import os
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from ..errors import WorkspaceError
from ..words import _
from .batches import BatchState

VERSION = 2
"""Of the tables and of the readings in them."""

_WITHOUT_GISTS = 1
"""The version before; it is brought up to date when it is opened."""

ENVIRONMENT = "PHIEU_DATABASE"

_tables = MetaData()

meta = Table(
    "meta",
    _tables,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)

batches = Table(
    "batches",
    _tables,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("state", String, nullable=False),
    Column("declared", Integer, nullable=False),
    Column("sheets", Integer, nullable=False),
    Column("reason", Text, nullable=False),  # why staged or withdrawn; empty while taken in
    Column("by", Text, nullable=False),  # who withdrew it; empty before
    # A name is free again once its batch was withdrawn.
    Index(
        "one_batch_of_a_name",
        "name",
        unique=True,
        sqlite_where=text(f"state <> '{BatchState.WITHDRAWN}'"),
        postgresql_where=text(f"state <> '{BatchState.WITHDRAWN}'"),
    ),
)

# Rows are written in the order of their keys, which are hashes, so their order says nothing. But each reading
# holds its file's name as given and its place in that file, since people must find the paper again: whoever
# has this database and the stack as it was scanned can tell which sheet is which. The journal holds neither.
pages = Table(
    "pages",
    _tables,
    Column("batch", Integer, ForeignKey("batches.id"), primary_key=True),
    Column("key", String, primary_key=True),  # the image's hash; a suffix tells copies in one batch apart
    Column("sha256", String, nullable=False, index=True),  # of the image; empty where it could not be read
    Column("ballot", String, nullable=False),  # key of its ballot; empty where it is no ballot's page
    Column("outcome", String, nullable=False),
    Column(
        "file", String, nullable=False
    ),  # its scan in the batch's folder, by its hash; empty where nowhere
    Column("reading", Text, nullable=False),  # canonical JSON of PageReading
    Column("gist", Text, nullable=False, server_default=""),  # what a tally needs of it; may be empty
)
# Holds all that a tally reads, in the order in which it reads it.
gists = Index("pages_by_ballot", pages.c.ballot, pages.c.batch, pages.c.key, pages.c.gist)

figures = Table(
    "figures",
    _tables,
    Column("n", Integer, primary_key=True),
    Column("round", String, nullable=False),
    Column("style", String, nullable=False),
    Column("figures", Text, nullable=False),  # canonical JSON: only what was told this time
    Column("by", Text, nullable=False),
)

# Appended, never changed: the last row about a question is the one in force.
decisions = Table(
    "decisions",
    _tables,
    Column("n", Integer, primary_key=True),
    Column("question", String, nullable=False, index=True),
    Column("answer", String, nullable=True),  # null: the decision before is taken back
    Column("machine", String, nullable=False),  # what the machine alone said
    Column("by", Text, nullable=False),
)

journal = Table(
    "journal",
    _tables,
    Column("n", Integer, primary_key=True),
    Column("entry", Text, nullable=False),  # canonical JSON
    Column("hash", String, nullable=False),  # SHA-256 of the hash before and this entry
)

# Writers on PostgreSQL queue up for this advisory lock: "phiếu" in ASCII.
_QUEUE = 0x7068696575


class StoreError(WorkspaceError):
    """The database can't be opened, or is not one of this count."""


class Store:
    """The count's database."""

    def __init__(self, engine: Engine, kind: str, name: str, count_id: Path) -> None:
        self._engine = engine
        self._count_id = count_id
        self._kind = kind
        self._name = name

    @classmethod
    def open(cls, path: Path, practice: bool, count_id: Path) -> Self:
        """Open the database, and make it when there is none yet.

        Args:
            path: of the SQLite file; not used where `PHIEU_DATABASE` names a PostgreSQL server.
            practice: which count it is. The two never share tables.
            count_id: the workspace's file that names its count; written when the count begins. Copies of a
                workspace made after that, for several desks, share it.

        Raises:
            StoreError: it can't be opened, is of another version, of the other kind, or of another count.
        """
        kind = "practice" if practice else "real"
        url = os.environ.get(ENVIRONMENT, "")
        name = _shown(url) if url else str(path)
        with _told(name):
            store = cls(_postgresql(url, kind) if url else _sqlite(path), kind, name, count_id)
        store._prepare()
        return store

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """See one state of the count, whatever others write meanwhile."""
        with _told(self._name), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Write all or nothing. Only one writer at a time."""
        options: dict[str, Any] = {"phieu_writes": True}
        if self.postgresql:
            options["isolation_level"] = (
                "READ COMMITTED"  # sees what was committed while it stood in the queue
            )
        with _told(self._name), self._engine.connect() as connection:
            connection.execution_options(**options)
            with connection.begin():
                if self.postgresql:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:queue)"), {"queue": _QUEUE})
                yield connection

    @property
    def postgresql(self) -> bool:
        """Whether it lies on a server."""
        return self._engine.dialect.name == "postgresql"

    def damage(self) -> list[str]:
        """Return what SQLite itself finds broken in its file; a server looks after its own."""
        if self.postgresql:
            return []
        with self.reading() as connection:
            found = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check"))]
        return [] if found == ["ok"] else found

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _prepare(self) -> None:
        with self.writing() as connection:
            if not inspect(connection).has_table(meta.name, schema=_schema(self._engine)):
                _tables.create_all(connection, checkfirst=False)
                told = {"version": str(VERSION), "kind": self._kind, "count": self._own_id(begin=True)}
                rows = [{"name": name, "value": value} for name, value in told.items()]
                connection.execute(insert(meta), rows)
                return
            found = {row.name: row.value for row in connection.execute(select(meta))}
            self._refuse_if_not_ours(found)
            if found["version"] == str(_WITHOUT_GISTS):
                self._add_gists(connection)

    def _refuse_if_not_ours(self, found: Mapping[str, str]) -> None:
        if found.get("version") not in (str(VERSION), str(_WITHOUT_GISTS)):
            raise StoreError(
                _("The database is of version {found}; this program knows version {known}.").format(
                    found=found.get("version"), known=VERSION
                ),
                hint=_("Use the version of Phiếu that made it."),
            )
        if found.get("kind") != self._kind:
            raise StoreError(
                _("This database is not of the {kind} count.").format(
                    kind=_("practice") if self._kind == "practice" else _("real")
                )
            )
        if found.get("count") != self._own_id(begin=False):
            raise StoreError(
                _("The database {name} holds the count of another workspace.").format(name=self._name),
                hint=_(
                    "Give each count a database of its own. Where several desks share one, open the count on "
                    "the first, then copy its folder, with {file}, to the others."
                ).format(file=self._count_id.name),
            )

    def _add_gists(self, connection: Connection) -> None:
        """Bring the tables of version 1 up to date; pages that were read before have no gist."""
        schema = _schema(self._engine)
        table = f"{schema}.{pages.name}" if schema else pages.name
        connection.execute(text(f"ALTER TABLE {table} ADD COLUMN gist TEXT NOT NULL DEFAULT ''"))
        gists.create(connection)
        connection.execute(update(meta).where(meta.c.name == "version").values(value=str(VERSION)))

    def _own_id(self, begin: bool) -> str:
        """Return what the workspace calls its count; where it has no name yet, draw one to begin with."""
        try:
            if begin and not self._count_id.exists():
                self._count_id.parent.mkdir(parents=True, exist_ok=True)
                part = self._count_id.with_name(self._count_id.name + ".part")
                part.write_text(secrets.token_hex(16) + "\n", encoding="ascii")
                part.replace(self._count_id)
            return self._count_id.read_text("ascii").strip() if self._count_id.exists() else ""
        except (OSError, UnicodeError) as error:
            raise StoreError(
                _("{file}, which names the count, can't be read or written.").format(file=self._count_id)
            ) from error


def _sqlite(path: Path) -> Engine:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            _("{folder} can't be written to: {reason}.").format(folder=path.parent, reason=error.strerror)
        ) from error
    # A connection of its own for each block: nothing is shared between threads or kept open on Windows.
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool, connect_args={"timeout": 60})

    @event.listens_for(engine, "connect")
    def _safe(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # BEGIN is ours, below: the driver's own would come too late
        # One file that can be copied, also on a network drive; a commit is on disk before it is reported.
        for pragma in ("foreign_keys=ON", "journal_mode=DELETE", "synchronous=EXTRA"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("phieu_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(url: str, kind: str) -> Engine:
    if not url.startswith(("postgresql:", "postgres:", "postgresql+psycopg:")):
        raise StoreError(
            _(
                "{name} must be the address of a PostgreSQL server, as postgresql://user@host/database."
            ).format(name=ENVIRONMENT)
        )
    schema = f"phieu_{kind}"
    engine = create_engine(
        "postgresql+psycopg:" + url.partition(":")[2],
        isolation_level="REPEATABLE READ",
        execution_options={"schema_translate_map": {None: schema}},
    )
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:queue)"), {"queue": _QUEUE})
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
    return engine


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Say in a sentence what a database can't do."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(
            _("The database {name} can't be used: {reason}").format(name=name, reason=_reason(error)),
            hint=_("Is it damaged, is the disk full, does the server run? Nothing of this step was written."),
        ) from error


def _schema(engine: Engine) -> str | None:
    translated = engine.get_execution_options().get("schema_translate_map", {})
    name: str | None = translated.get(None)
    return name


def _shown(url: str) -> str:
    """Return the address without a password."""
    scheme, _separator, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def _reason(error: SQLAlchemyError) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return str(cause).strip().splitlines()[0]
