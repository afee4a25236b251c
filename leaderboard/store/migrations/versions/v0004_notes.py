"""Notes: what a reader of an evaluation's numbers must know beside them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; an older evaluation has none."""
    op.add_column("evaluation", sa.Column("notes", sa.JSON(), server_default="[]", nullable=False))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("evaluation", "notes")
