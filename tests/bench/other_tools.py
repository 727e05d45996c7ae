"""Other tools load the benchmark's file into a table keyed by e-mail: `other_tools.py TOOL DATABASE FILE`.

Run by an interpreter of its own (`.venv-bench`), so that the product's pins stay its own. Prints the
seconds from reading the file to the last commit.
"""

import csv
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ATTRIBUTES = ("first_name", "last_name", "email", "company", "title", "lead_score")


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(newline="", encoding="utf-8") as lines:
        yield from csv.DictReader(lines)


def load_with_sqlite_utils(database: Path, file: Path) -> None:
    """Upsert all rows, as its documentation does."""
    import sqlite_utils

    store = sqlite_utils.Database(str(database))
    store["lead"].upsert_all(_rows(file), pk="email")
    store.close()


def load_with_dlt(database: Path, file: Path) -> None:
    """Run a pipeline with the write disposition merge."""
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    import dlt

    pipeline = dlt.pipeline(
        "bench",
        pipelines_dir=str(database.with_suffix(".pipelines")),
        destination=dlt.destinations.sqlalchemy(f"sqlite:///{database}"),
        dataset_name="main",
    )
    pipeline.run(_rows(file), table_name="lead", write_disposition="merge", primary_key="email")


def load_with_sqlalchemy(database: Path, file: Path) -> None:
    """Look each row up and add or change an object, as an application would; one commit."""
    import sqlalchemy
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

    class Base(DeclarativeBase):
        pass

    class Lead(Base):
        __tablename__ = "lead"
        id: Mapped[int] = mapped_column(primary_key=True)
        email: Mapped[str] = mapped_column(unique=True)
        first_name: Mapped[str]
        last_name: Mapped[str]
        company: Mapped[str]
        title: Mapped[str]
        lead_score: Mapped[int]

    engine = sqlalchemy.create_engine(f"sqlite:///{database}")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        for row in _rows(file):
            values = dict(zip(ATTRIBUTES, row.values(), strict=True))
            values["lead_score"] = int(values["lead_score"])
            lead = session.scalar(sqlalchemy.select(Lead).where(Lead.email == values["email"]))
            if lead is None:
                session.add(Lead(**values))
            else:
                for name, value in values.items():
                    setattr(lead, name, value)
        session.commit()


def load_with_duckdb(database: Path, file: Path) -> None:
    """Read the file into a keyed table with one statement; the checkpoint writes the rows to their place."""
    import duckdb

    store = duckdb.connect(str(database))
    store.execute(
        "CREATE TABLE IF NOT EXISTS lead (first_name VARCHAR, last_name VARCHAR, email VARCHAR, company VARCHAR, "
        "title VARCHAR, lead_score BIGINT, k_email VARCHAR PRIMARY KEY)"
    )
    changed = ", ".join(f"{name} = excluded.{name}" for name in ATTRIBUTES)
    store.execute(
        "INSERT INTO lead SELECT firstName, lastName, email, company, title, leadScore, lower(trim(email)) "
        f"FROM read_csv(?, header = true) ON CONFLICT (k_email) DO UPDATE SET {changed}",
        [str(file)],
    )
    store.execute("CHECKPOINT")
    store.close()


TOOLS = {
    "DuckDB": load_with_duckdb,
    "sqlite-utils": load_with_sqlite_utils,
    "dlt": load_with_dlt,
    "SQLAlchemy": load_with_sqlalchemy,
}


if __name__ == "__main__":
    tool, database, file = TOOLS[sys.argv[1]], Path(sys.argv[2]), Path(sys.argv[3])
    began = time.perf_counter()
    tool(database, file)
    print(time.perf_counter() - began)
