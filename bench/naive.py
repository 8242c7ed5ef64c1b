"""FROZEN, do not improve: the ordinary bot that ours is measured against.

Flask + wechatpy + SQLAlchemy ORM, as a good developer writes it in an afternoon: models, a
session a request, everything through the ORM, one commit a message, repeated deliveries caught by
the unique message id. SQLite gets the same journal and sync settings as ours. It only answers
签到.

Served from the address in NAIVE_DATABASE: `granian --interface wsgi bench.naive:app`.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, request
from sqlalchemy import DateTime, ForeignKey, String, UniqueConstraint, create_engine, event, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from wechatpy.exceptions import InvalidSignatureException
from wechatpy.work import create_reply, parse_message
from wechatpy.work.crypto import WeChatCrypto
from wechatpy.work.exceptions import InvalidCorpIdException

from bench.world import (
    AES_KEY,
    CORP_ID,
    PATH,
    TITLE,
    TOKEN,
    branch_of,
    meeting_times,
    name_of,
    user_id,
)

ADDRESS = "NAIVE_DATABASE"


class Base(DeclarativeBase):
    pass


class Member(Base):
    __tablename__ = "member"

    id: Mapped[int] = mapped_column(primary_key=True)
    userid: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(40))
    branch_id: Mapped[int] = mapped_column(index=True)


class Meeting(Base):
    __tablename__ = "meeting"

    id: Mapped[int] = mapped_column(primary_key=True)
    branch_id: Mapped[int] = mapped_column(index=True)
    title: Mapped[str] = mapped_column(String(80))
    starts_at: Mapped[datetime] = mapped_column(DateTime)
    ends_at: Mapped[datetime] = mapped_column(DateTime)


class CheckIn(Base):
    __tablename__ = "check_in"
    __table_args__ = (UniqueConstraint("meeting_id", "member_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime] = mapped_column(DateTime)


class Message(Base):
    __tablename__ = "message"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(String(64), unique=True)
    userid: Mapped[str] = mapped_column(String(64))
    content: Mapped[str] = mapped_column(String(2048))
    answer: Mapped[str] = mapped_column(String(2048))
    received_at: Mapped[datetime] = mapped_column(DateTime)


def make_sessions(url: str) -> sessionmaker[Session]:
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def set_pragmas(connection: Any, _record: object) -> None:
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
                connection.execute(f"PRAGMA {pragma}")

    return sessionmaker(engine)


def create_app(url: str) -> Flask:
    app = Flask(__name__)
    sessions = make_sessions(url)
    crypto = WeChatCrypto(TOKEN, AES_KEY, CORP_ID)

    @app.post(PATH)
    def receive() -> Any:
        signature = request.args.get("msg_signature", "")
        timestamp = request.args.get("timestamp", "")
        nonce = request.args.get("nonce", "")
        try:
            xml = crypto.decrypt_message(request.data, signature, timestamp, nonce)
        except (InvalidSignatureException, InvalidCorpIdException):
            return "", 403
        message = parse_message(xml)
        if message.type != "text":
            return ""
        with sessions() as session:
            answer = answer_to(session, message)
        reply = create_reply(answer, message).render()
        return crypto.encrypt_message(reply, nonce, timestamp), {"Content-Type": "application/xml"}

    return app


def answer_to(session: Session, message: Any) -> str:
    now = datetime.now(UTC).replace(tzinfo=None)
    answer = act(session, message, now)
    session.add(
        Message(
            message_id=str(message.id),
            userid=message.source,
            content=message.content,
            answer=answer,
            received_at=now,
        )
    )
    try:
        session.commit()
    except IntegrityError:
        session.rollback()
        first = session.scalar(select(Message.answer).where(Message.message_id == str(message.id)))
        return first or ""
    return answer


def act(session: Session, message: Any, now: datetime) -> str:
    if message.content.strip() != "签到":
        return "没看懂，请回复 签到"
    member = session.scalar(select(Member).where(Member.userid == message.source))
    if member is None:
        return "您不在名册里，请联系组织委员"
    meeting = session.scalar(
        select(Meeting).where(
            Meeting.branch_id == member.branch_id,
            Meeting.starts_at <= now + timedelta(minutes=30),
            Meeting.ends_at > now,
        )
    )
    if meeting is None:
        return "现在没有可以签到的会议"
    done = session.scalar(
        select(CheckIn).where(CheckIn.meeting_id == meeting.id, CheckIn.member_id == member.id)
    )
    if done is not None:
        return "您已签到，不用再签"
    session.add(CheckIn(meeting_id=meeting.id, member_id=member.id, at=now))
    return f"✓ {member.name}，{meeting.title}已签到"


def fill(url: str, members: int) -> None:
    """Create the tables and put members and open meetings into them."""
    sessions = make_sessions(url)
    starts_at, ends_at = meeting_times(datetime.now(UTC).replace(tzinfo=None))
    with sessions() as session:
        Base.metadata.create_all(session.connection())
        for branch in range(1, branch_of(members) + 1):
            session.add(
                Meeting(branch_id=branch, title=TITLE, starts_at=starts_at, ends_at=ends_at)
            )
        for number in range(1, members + 1):
            session.add(
                Member(userid=user_id(number), name=name_of(number), branch_id=branch_of(number))
            )
        session.commit()
    engine = sessions.kw["bind"]
    with engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    engine.dispose()


def __getattr__(name: str) -> Any:
    """Build `app` when a server asks for it, and not when `fill` is imported."""
    if name == "app":
        return create_app(os.environ[ADDRESS])
    raise AttributeError(name)
