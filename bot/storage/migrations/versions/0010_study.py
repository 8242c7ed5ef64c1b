"""The waiting list of a class; programmes of study, what a class counts for, material, quizzes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.storage.types

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = bot.storage.types.UtcMoment(timezone=True)


def upgrade() -> None:
    """Go one version up."""
    op.add_column("study_signup", sa.Column("place", _ID, nullable=True))
    op.add_column("study_signup", sa.Column("promoted_at", _MOMENT, nullable=True))
    op.create_index("ix_study_signup_promoted_at", "study_signup", ["promoted_at"], unique=False)
    op.create_table(
        "study_programme",
        sa.Column("id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("title", sa.String(length=40), nullable=False),
        sa.Column("own_word", sa.Boolean(), nullable=False),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        _refers("study_programme", "unit_id", "unit"),
        _refers("study_programme", "by_id", "member"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study_programme")),
        sa.UniqueConstraint("unit_id", "title", name=op.f("uq_study_programme_unit_id_title")),
    )
    op.create_table(
        "study_terms",
        sa.Column("id", _ID, nullable=False),
        sa.Column("meeting_id", _ID, nullable=False),
        sa.Column("seq", _ID, nullable=False),
        sa.Column("programme_id", _ID, nullable=True),
        sa.Column("tenths", _ID, nullable=True),
        sa.Column("closes_at", _MOMENT, nullable=True),
        sa.Column("own_word", sa.Boolean(), nullable=False),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        _refers("study_terms", "meeting_id", "meeting"),
        _refers("study_terms", "programme_id", "study_programme"),
        _refers("study_terms", "by_id", "member"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study_terms")),
        sa.UniqueConstraint("meeting_id", "seq", name=op.f("uq_study_terms_meeting_id_seq")),
    )
    op.create_index("ix_study_terms_programme_id", "study_terms", ["programme_id"], unique=False)
    op.create_table(
        "study_material",
        sa.Column("id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("title", sa.String(length=40), nullable=False),
        sa.Column("seq", _ID, nullable=False),
        sa.Column("link", sa.String(length=500), nullable=True),
        sa.Column("programme_id", _ID, nullable=True),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        _refers("study_material", "unit_id", "unit"),
        _refers("study_material", "programme_id", "study_programme"),
        _refers("study_material", "by_id", "member"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study_material")),
        sa.UniqueConstraint(
            "unit_id", "title", "seq", name=op.f("uq_study_material_unit_id_title_seq")
        ),
    )
    _quizzes()


def _quizzes() -> None:
    op.create_table(
        "quiz",
        sa.Column("id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("title", sa.String(length=40), nullable=False),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("withdrawn_at", _MOMENT, nullable=True),
        _refers("quiz", "unit_id", "unit"),
        _refers("quiz", "by_id", "member"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quiz")),
        sa.UniqueConstraint("unit_id", "title", name=op.f("uq_quiz_unit_id_title")),
    )
    op.create_table(
        "quiz_question",
        sa.Column("id", _ID, nullable=False),
        sa.Column("quiz_id", _ID, nullable=False),
        sa.Column("number", _ID, nullable=False),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("right", _ID, nullable=False),
        _refers("quiz_question", "quiz_id", "quiz"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quiz_question")),
        sa.UniqueConstraint("quiz_id", "number", name=op.f("uq_quiz_question_quiz_id_number")),
    )
    op.create_table(
        "quiz_answered",
        sa.Column("question_id", _ID, nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        _refers("quiz_answered", "question_id", "quiz_question"),
        _refers("quiz_answered", "member_id", "member"),
        sa.PrimaryKeyConstraint("question_id", "member_id", name=op.f("pk_quiz_answered")),
    )
    op.create_index("ix_quiz_answered_member_id", "quiz_answered", ["member_id"], unique=False)
    op.create_table(
        "quiz_chosen",
        sa.Column("question_id", _ID, nullable=False),
        sa.Column("option", _ID, nullable=False),
        sa.Column("times", _ID, nullable=False),
        _refers("quiz_chosen", "question_id", "quiz_question"),
        sa.PrimaryKeyConstraint("question_id", "option", name=op.f("pk_quiz_chosen")),
    )


def downgrade() -> None:
    """Go one version down; who waits is not signed up there."""
    for table in (
        *("quiz_chosen", "quiz_answered", "quiz_question", "quiz"),
        *("study_material", "study_terms", "study_programme"),
    ):
        op.drop_table(table)
    op.execute("UPDATE study_signup SET action = 'cancel' WHERE action = 'wait'")
    op.drop_index("ix_study_signup_promoted_at", table_name="study_signup")
    op.execute("ALTER TABLE study_signup DROP COLUMN promoted_at")
    op.execute("ALTER TABLE study_signup DROP COLUMN place")


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name)
