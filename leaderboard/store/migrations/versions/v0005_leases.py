"""Leases: which process measures which evaluation now."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; nobody measures anything while a store is migrated."""
    op.create_table(
        "lease",
        sa.Column("evaluation_identity", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("beats", sa.Integer(), nullable=False),
        sa.CheckConstraint("beats >= 0", name=op.f("ck_lease_beats_is_a_count")),
        sa.PrimaryKeyConstraint("evaluation_identity", name="pk_lease"),
    )
    op.create_index("ix_lease_holder", "lease", ["holder"], unique=False)


def downgrade() -> None:
    """Drop it."""
    op.drop_table("lease")
