"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create them, those that others point to first."""
    _environment()
    _model()
    _recipe()
    _task()
    _run()
    _subject()
    _evaluation()
    _estimate()
    _observation()


def downgrade() -> None:
    """Drop them, those that point to others first."""
    for table in ("observation", "estimate", "evaluation", "subject", "run", "task", "recipe", "model", "environment"):
        op.drop_table(table)


def _environment() -> None:
    op.create_table(
        "environment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("dtype", sa.String(length=32), nullable=False),
        sa.Column("threads", sa.Integer(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.CheckConstraint("length(identity) = 64", name=op.f("ck_environment_identity_is_a_digest")),
        sa.CheckConstraint("threads >= 1", name=op.f("ck_environment_some_threads")),
        sa.PrimaryKeyConstraint("id", name="pk_environment"),
        sa.UniqueConstraint("identity", name="uq_environment_identity"),
    )


def _model() -> None:
    op.create_table(
        "model",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("dtype", sa.String(length=32), nullable=False),
        sa.Column("trust_remote_code", sa.Boolean(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.CheckConstraint("length(identity) = 64", name=op.f("ck_model_identity_is_a_digest")),
        sa.PrimaryKeyConstraint("id", name="pk_model"),
        sa.UniqueConstraint("identity", name="uq_model_identity"),
    )
    op.create_index("ix_model_name", "model", ["name"], unique=False)


def _recipe() -> None:
    op.create_table(
        "recipe",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("adapt_to", sa.Text(), nullable=True),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.CheckConstraint("length(identity) = 64", name=op.f("ck_recipe_identity_is_a_digest")),
        sa.PrimaryKeyConstraint("id", name="pk_recipe"),
        sa.UniqueConstraint("identity", name="uq_recipe_identity"),
    )


def _task() -> None:
    op.create_table(
        "task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("axis", sa.String(length=16), nullable=False),
        sa.CheckConstraint(
            "axis IN ('accuracy', 'ood', 'bias', 'privacy', 'latency', 'explainability')", name=op.f("ck_task_axis")
        ),
        sa.Column("protocol", sa.Text(), nullable=False),
        sa.Column("protocol_version", sa.Integer(), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.CheckConstraint("length(identity) = 64", name=op.f("ck_task_identity_is_a_digest")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_task_version_starts_at_one")),
        sa.PrimaryKeyConstraint("id", name="pk_task"),
        sa.UniqueConstraint("identity", name="uq_task_identity"),
    )
    op.create_index("ix_task_axis", "task", ["axis"], unique=False)
    op.create_index("ix_task_name", "task", ["name"], unique=False)


def _run() -> None:
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("environment_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.CheckConstraint("status IN ('running', 'finished', 'failed', 'interrupted')", name=op.f("ck_run_status")),
        sa.CheckConstraint("ended_at >= started_at", name=op.f("ck_run_ends_after_its_start")),
        sa.ForeignKeyConstraint(["environment_id"], ["environment.id"], name="fk_run_environment_id_environment"),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
    )


def _subject() -> None:
    op.create_table(
        "subject",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("recipe_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(identity) = 64", name=op.f("ck_subject_identity_is_a_digest")),
        sa.ForeignKeyConstraint(["model_id"], ["model.id"], name="fk_subject_model_id_model"),
        sa.ForeignKeyConstraint(["recipe_id"], ["recipe.id"], name="fk_subject_recipe_id_recipe"),
        sa.PrimaryKeyConstraint("id", name="pk_subject"),
        sa.UniqueConstraint("identity", name="uq_subject_identity"),
    )
    op.create_index("ix_subject_model_id", "subject", ["model_id"], unique=False)
    op.create_index("ix_subject_name", "subject", ["name"], unique=False)
    op.create_index("ix_subject_recipe_id", "subject", ["recipe_id"], unique=False)


def _evaluation() -> None:
    op.create_table(
        "evaluation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("environment_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("limit", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.CheckConstraint("status IN ('measured', 'not_measured', 'failed')", name=op.f("ck_evaluation_status")),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duration_s", sa.Double(), nullable=False),
        sa.CheckConstraint("(status = 'measured') = (reason = '')", name=op.f("ck_evaluation_reason_unless_measured")),
        sa.CheckConstraint('"limit" > 0', name=op.f("ck_evaluation_limit_is_positive")),
        sa.CheckConstraint("duration_s >= 0", name=op.f("ck_evaluation_duration_is_not_negative")),
        sa.CheckConstraint("length(identity) = 64", name=op.f("ck_evaluation_identity_is_a_digest")),
        sa.ForeignKeyConstraint(
            ["environment_id"], ["environment.id"], name="fk_evaluation_environment_id_environment"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_evaluation_run_id_run"),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name="fk_evaluation_subject_id_subject"),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name="fk_evaluation_task_id_task"),
        sa.PrimaryKeyConstraint("id", name="pk_evaluation"),
        sa.UniqueConstraint("identity", name="uq_evaluation_identity"),
    )
    op.create_index("ix_evaluation_run_id", "evaluation", ["run_id"], unique=False)
    op.create_index("ix_evaluation_started_at", "evaluation", ["started_at"], unique=False)
    op.create_index(
        "ix_evaluation_subject_id_evaluation_task_id", "evaluation", ["subject_id", "task_id"], unique=False
    )
    op.create_index("ix_evaluation_task_id", "evaluation", ["task_id"], unique=False)


def _estimate() -> None:
    op.create_table(
        "estimate",
        sa.Column("evaluation_id", sa.Integer(), nullable=False),
        sa.Column("metric", sa.String(length=64), nullable=False),
        sa.Column("part", sa.String(length=128), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("low", sa.Double(), nullable=True),
        sa.Column("high", sa.Double(), nullable=True),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("better", sa.String(length=16), nullable=False),
        sa.CheckConstraint("better IN ('higher', 'lower', 'target')", name=op.f("ck_estimate_better")),
        sa.Column("headline", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.CheckConstraint("status IN ('measured', 'not_measured', 'failed')", name=op.f("ck_estimate_status")),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("(status = 'measured') = (reason = '')", name=op.f("ck_estimate_reason_unless_measured")),
        sa.CheckConstraint("(status = 'measured') = (value IS NOT NULL)", name=op.f("ck_estimate_value_when_measured")),
        sa.CheckConstraint("(low IS NULL) = (high IS NULL)", name=op.f("ck_estimate_interval_has_two_ends")),
        sa.CheckConstraint("low <= high", name=op.f("ck_estimate_interval_is_ordered")),
        sa.CheckConstraint("low IS NULL OR value IS NOT NULL", name=op.f("ck_estimate_interval_belongs_to_a_value")),
        sa.CheckConstraint("n >= 0", name=op.f("ck_estimate_n_is_a_count")),
        sa.ForeignKeyConstraint(
            ["evaluation_id"], ["evaluation.id"], name="fk_estimate_evaluation_id_evaluation", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("evaluation_id", "metric", "part", name="pk_estimate"),
    )
    op.create_index("ix_estimate_metric", "estimate", ["metric"], unique=False)


def _observation() -> None:
    op.create_table(
        "observation",
        sa.Column("evaluation_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("example_id", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evaluation_id"], ["evaluation.id"], name="fk_observation_evaluation_id_evaluation", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("evaluation_id", "position", name="pk_observation"),
        sa.UniqueConstraint("evaluation_id", "example_id", name="uq_observation_evaluation_id_example_id"),
    )
