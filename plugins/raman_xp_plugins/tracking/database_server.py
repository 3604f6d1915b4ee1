"""A database server as MLflow store: asked once, before MLflow, whose own client retries for minutes."""

from __future__ import annotations

from typing import Any

from raman_xp.errors import StoreError

TIMEOUTS = {"postgresql": "connect_timeout", "mysql": "connect_timeout", "mssql": "timeout"}
"""Database server → the argument of its drivers that limits how long a connection may take to open."""
OTHER = "Or choose another store with --tracking-uri or MLFLOW_TRACKING_URI. Nothing was run"


def of_server(uri: str) -> bool:
    """Return whether a tracking URI names a database server."""
    return uri.partition(":")[0].partition("+")[0] in TIMEOUTS


def require_server(uri: str, patience: float) -> None:
    """Check that a database server accepts a connection.

    Args:
        uri: Address of the database, as SQLAlchemy writes it.
        patience: Seconds to wait for each address of the host.

    Raises:
        StoreError: It does not answer, or refuses the connection.
    """
    from sqlalchemy import create_engine
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

    try:
        url = make_url(uri)
    except (ArgumentError, ValueError) as error:
        raise StoreError(
            f"the address of the MLflow store cannot be read ({type(error).__name__}). Write it as "
            "postgresql://USER:PASSWORD@HOST:5432/DATABASE. Nothing was run"
        ) from error
    shown = url.render_as_string(hide_password=True)
    arguments: dict[str, Any] = {TIMEOUTS[url.get_backend_name()]: int(patience)}
    try:
        create_engine(url, connect_args=arguments).connect().close()
    except (ImportError, NoSuchModuleError) as error:
        raise StoreError(
            f"the MLflow store {shown} needs a database driver that is not installed ({error}). "
            f"Install it with pip. {OTHER}"
        ) from error
    except (SQLAlchemyError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).strip()
        said = reason.splitlines()[0] if reason else type(error).__name__
        raise StoreError(
            f"the database server of the MLflow store {shown} cannot be reached ({said}). Start it, or check "
            f"its host, port, user and password. {OTHER}"
        ) from error
