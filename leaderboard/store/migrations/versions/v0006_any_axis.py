"""Any axis: one of a plug-in is stored beside the six of this program, which a check listed by name."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_CHECK = "ck_task_axis"


def upgrade() -> None:
    """Drop the check; the name stays a short text."""
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(_CHECK, "task", type_="check")
        return
    with op.batch_alter_table("task", copy_from=_task(), recreate="always"):
        pass


def downgrade() -> None:
    """Add it; tasks on other axes have to be deleted before."""
    names = sa.CheckConstraint(
        "axis IN ('accuracy', 'ood', 'bias', 'privacy', 'latency', 'explainability')", name=op.f(_CHECK)
    )
    if op.get_bind().dialect.name != "sqlite":
        op.create_check_constraint(op.f(_CHECK), "task", names.sqltext)
        return
    with op.batch_alter_table("task", copy_from=_task(names), recreate="always"):
        pass


def _task(*checks: sa.CheckConstraint) -> sa.Table:
    """The table as it is, since SQLite alters one by copying it: its checks are not read from the database."""
    return sa.Table(
        "task",
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("axis", sa.String(length=16), nullable=False),
        sa.Column("protocol", sa.Text(), nullable=False),
        sa.Column("protocol_version", sa.Integer(), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.CheckConstraint("length(identity) = 64", name=op.f("ck_task_identity_is_a_digest")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_task_version_starts_at_one")),
        *checks,
        sa.PrimaryKeyConstraint("id", name="pk_task"),
        sa.UniqueConstraint("identity", name="uq_task_identity"),
        sa.Index("ix_task_axis", "axis"),
        sa.Index("ix_task_name", "name"),
    )
