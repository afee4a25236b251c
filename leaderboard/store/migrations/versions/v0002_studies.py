"""Portions of a task, and searches: studies, their trials and what these lost."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Say of every evaluation which portion it was of, and create the tables, those that others point to first."""
    _portion()
    _study()
    _trial()
    _trial_loss()


def downgrade() -> None:
    """Drop them; what was measured on a portion goes too, since nothing would tell it from the whole."""
    for table in ("trial_loss", "trial", "study"):
        op.drop_table(table)
    op.execute("DELETE FROM evaluation WHERE portion <> 'whole'")
    op.drop_column("evaluation", "portion")


def _portion() -> None:
    # Added in place, the constraint with it: to remake the table as a batch does, SQLite would drop the old one, and
    # by cascade every estimate and observation.
    op.add_column(
        "evaluation",
        sa.Column(
            "portion",
            sa.String(length=16),
            sa.CheckConstraint("portion IN ('whole', 'search', 'held_out')", name=op.f("ck_evaluation_portion")),
            server_default="whole",
            nullable=False,
        ),
    )


def _study() -> None:
    op.create_table(
        "study",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.CheckConstraint("mode IN ('weighted', 'constrained', 'pareto')", name=op.f("ck_study_mode")),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["model_id"], ["model.id"], name="fk_study_model_id_model"),
        sa.PrimaryKeyConstraint("id", name="pk_study"),
        sa.UniqueConstraint("name", name="uq_study_name"),
    )


def _trial() -> None:
    op.create_table(
        "trial",
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.CheckConstraint("state IN ('running', 'complete', 'pruned', 'failed')", name=op.f("ck_trial_state")),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("parent", sa.Integer(), nullable=True),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("recipe", sa.JSON(), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=True),
        sa.Column("violations", sa.JSON(), nullable=False),
        sa.Column("feasible", sa.Boolean(), nullable=False),
        sa.Column("finalist", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("number >= 0", name=op.f("ck_trial_number_is_a_count")),
        sa.CheckConstraint("parent >= 0 AND parent < number", name=op.f("ck_trial_parent_comes_first")),
        sa.CheckConstraint(
            "(state IN ('running', 'complete')) = (reason = '')", name=op.f("ck_trial_reason_where_cut_short")
        ),
        sa.CheckConstraint("(state = 'running') = (ended_at IS NULL)", name=op.f("ck_trial_ends_unless_running")),
        sa.CheckConstraint("ended_at >= started_at", name=op.f("ck_trial_ends_after_its_start")),
        sa.CheckConstraint("length(subject) = 64", name=op.f("ck_trial_subject_is_a_digest")),
        sa.CheckConstraint(
            "state = 'complete' OR NOT (feasible OR finalist)", name=op.f("ck_trial_only_complete_ones_count")
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_trial_study_id_study", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("study_id", "number", name="pk_trial"),
    )
    op.create_index("ix_trial_subject", "trial", ["subject"], unique=False)


def _trial_loss() -> None:
    op.create_table(
        "trial_loss",
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("loss", sa.Double(), nullable=False),
        sa.CheckConstraint("position >= 0", name=op.f("ck_trial_loss_position_is_a_count")),
        sa.ForeignKeyConstraint(
            ["study_id", "number"],
            ["trial.study_id", "trial.number"],
            name="fk_trial_loss_study_id_trial",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("study_id", "number", "position", name="pk_trial_loss"),
    )
