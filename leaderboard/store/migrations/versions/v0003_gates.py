"""Gates: what was asked of which subject, and the verdict on every rule."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_VERDICTS = "verdict IN ('pass', 'fail', 'cannot_tell')"


def upgrade() -> None:
    """Create the tables, the one that the other points to first."""
    _gate_run()
    _gate_rule()


def downgrade() -> None:
    """Drop them."""
    op.drop_table("gate_rule")
    op.drop_table("gate_run")


def _gate_run() -> None:
    op.create_table(
        "gate_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("config", sa.JSON(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_identity", sa.String(length=64), nullable=False),
        sa.Column("baseline", sa.Text(), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.CheckConstraint(_VERDICTS, name=op.f("ck_gate_run_verdict")),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(subject_identity) = 64", name=op.f("ck_gate_run_subject_is_a_digest")),
        sa.PrimaryKeyConstraint("id", name="pk_gate_run"),
    )
    for column in ("gate", "subject_identity", "started_at"):
        op.create_index(f"ix_gate_run_{column}", "gate_run", [column], unique=False)


def _gate_rule() -> None:
    op.create_table(
        "gate_rule",
        sa.Column("gate_run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.CheckConstraint("severity IN ('error', 'warning')", name=op.f("ck_gate_rule_severity")),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.CheckConstraint(_VERDICTS, name=op.f("ck_gate_rule_verdict")),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("low", sa.Double(), nullable=True),
        sa.Column("high", sa.Double(), nullable=True),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("bound", sa.Double(), nullable=True),
        sa.Column("minimum_detectable", sa.Double(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.CheckConstraint("position >= 0", name=op.f("ck_gate_rule_position_is_a_count")),
        sa.CheckConstraint("n >= 0", name=op.f("ck_gate_rule_n_is_a_count")),
        sa.CheckConstraint("(low IS NULL) = (high IS NULL)", name=op.f("ck_gate_rule_interval_has_two_ends")),
        sa.CheckConstraint("low IS NULL OR value IS NOT NULL", name=op.f("ck_gate_rule_interval_belongs_to_a_value")),
        sa.CheckConstraint("low <= high", name=op.f("ck_gate_rule_interval_is_ordered")),
        sa.CheckConstraint("minimum_detectable >= 0", name=op.f("ck_gate_rule_minimum_detectable_is_a_distance")),
        sa.CheckConstraint("message <> ''", name=op.f("ck_gate_rule_message_says_why")),
        sa.ForeignKeyConstraint(
            ["gate_run_id"], ["gate_run.id"], name="fk_gate_rule_gate_run_id_gate_run", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("gate_run_id", "position", name="pk_gate_rule"),
    )
