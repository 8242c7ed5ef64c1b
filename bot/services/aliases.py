"""What people are called besides their names: taught, understood, taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, false, or_, select, true, update
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain import rights
from bot.domain.aliases import Consent, check_alias
from bot.domain.errors import DomainError, NotFound
from bot.domain.ids import MemberId, UnitId
from bot.domain.name_forms import fold_name, is_kin_word
from bot.domain.rights import Action, Actor
from bot.services import anonymous, audit, people
from bot.storage.insert import insert_once
from bot.storage.models import Alias, Member, Unit
from bot.storage.prepared import Prepared


class AliasTaken(DomainError):
    """The word is a name on the roll, means somebody else, or the member has said no to it."""


@dataclass(frozen=True, slots=True)
class Whose:
    """The member an alias is to mean, and where he belongs."""

    id: MemberId
    name: str
    branch_id: UnitId
    path: str


@dataclass(frozen=True, slots=True)
class Taught:
    """An alias that is understood from now on.

    Attributes:
        for_branch: Whoever of the branch says it; else only who taught it.
        new: False when it was understood so already.
    """

    id: int
    text: str
    member_id: MemberId
    name: str
    for_branch: bool
    new: bool


@dataclass(frozen=True, slots=True)
class Forgotten:
    """An alias that means nobody any more.

    Attributes:
        taught_by: Who had taught it, to be told when the member named took it back.
    """

    text: str
    member_id: MemberId
    name: str
    taught_by: MemberId | None


@dataclass(frozen=True, slots=True)
class KnownAlias:
    """An alias as it is shown to those it concerns."""

    text: str
    name: str
    for_branch: bool
    taught_by_me: bool


def teach(
    session: Session, *, text: str, of: Whose, by: Actor, consent: Consent, now: datetime
) -> Taught:
    """Let a word mean a member: for the branch if the actor keeps its roll, else for himself.

    A kin word (老伴) is always its speaker's own.

    Raises:
        NotAnAlias, AliasTaken
    """
    assert by.member_id is not None
    anonymous.refuse(session, [of.id])
    word = check_alias(text)
    for_branch = not is_kin_word(word) and rights.may(by, Action.MANAGE_ROLL, of.path)
    speaker_id = None if for_branch else by.member_id
    _refuse_a_name(session, word, {of.branch_id, by.branch_id}, now)
    _refuse_after_objection(session, word, of)
    values = {
        "text": word,
        "member_id": of.id,
        "unit_id": of.branch_id,
        "speaker_id": speaker_id,
        "taught_by_id": by.member_id,
        "consent": consent.value,
        "taught_at": now,
    }
    _refuse_other_meaning(session, word, of, by)
    alias_id = insert_once(session, Alias, values)
    if alias_id is None:
        _refuse_other_meaning(session, word, of, by)
        return Taught(0, word, of.id, of.name, for_branch, new=False)
    audit.record(session, by=by, at=now, action="alias.teach", subject=f"alias:{alias_id}")
    return Taught(alias_id, word, of.id, of.name, for_branch, new=True)


def revoke(session: Session, *, text: str, by: Actor, now: datetime) -> list[Forgotten]:
    """Take an alias back: one's own word, a word for oneself, or one of a roll the actor keeps.

    Raises:
        NotFound: There is none of these.
    """
    word = fold_name(text)
    mine = _within_reach(by)
    rows = session.execute(
        update(Alias)
        .where(Alias.text == word, Alias.revoked_at.is_(None), mine)
        .values(revoked_at=now, revoked_by_id=by.member_id)
        .returning(Alias.id, Alias.member_id, Alias.taught_by_id)
        .execution_options(synchronize_session=False)
    ).all()
    if not rows:
        raise NotFound(f"没有“{text}”这个别名，不用取消。")
    names = _names(session, {row.member_id for row in rows})
    for row in rows:
        audit.record(session, by=by, at=now, action="alias.revoke", subject=f"alias:{row.id}")
    return [
        Forgotten(word, MemberId(row.member_id), names[row.member_id], _member(row.taught_by_id))
        for row in rows
    ]


_WORDS = Prepared(
    select(Alias.text).where(
        Alias.unit_id == bindparam("unit_id"),
        Alias.revoked_at.is_(None),
        or_(Alias.speaker_id.is_(None), Alias.speaker_id == bindparam("speaker_id")),
    )
)


def words_of(session: Session, branch_id: UnitId, speaker_id: MemberId | None) -> tuple[str, ...]:
    """Return every word that means somebody of a branch when a speaker says it."""
    rows = _WORDS.rows(session, {"unit_id": branch_id, "speaker_id": speaker_id})
    return tuple(text for (text,) in rows)


def list_understood(
    session: Session, branches: Collection[UnitId], speaker_id: MemberId | None
) -> dict[MemberId, tuple[str, ...]]:
    """Return by what words a speaker may call the members of some branches."""
    rows = session.execute(
        select(Alias.member_id, Alias.text)
        .where(
            Alias.unit_id.in_(branches),
            Alias.revoked_at.is_(None),
            or_(Alias.speaker_id.is_(None), Alias.speaker_id == speaker_id),
        )
        .order_by(Alias.id)
    )
    found: dict[MemberId, list[str]] = defaultdict(list)
    for member_id, text in rows:
        found[MemberId(member_id)].append(text)
    return {member_id: tuple(texts) for member_id, texts in found.items()}


def list_known(session: Session, by: Actor) -> list[KnownAlias]:
    """Return the aliases an actor taught and those that mean him, the oldest first."""
    rows = session.execute(
        select(Alias.text, Member.name, Alias.speaker_id, Alias.taught_by_id)
        .join(Member, Member.id == Alias.member_id)
        .where(
            Alias.revoked_at.is_(None),
            or_(Alias.taught_by_id == by.member_id, Alias.member_id == by.member_id),
        )
        .order_by(Alias.id)
    )
    return [
        KnownAlias(text, name, speaker_id is None, teacher == by.member_id)
        for text, name, speaker_id, teacher in rows
    ]


def _within_reach(by: Actor) -> ColumnElement[bool]:
    """Return which aliases are an actor's to take back."""
    kept = [g.unit_path for g in by.grants if Action.MANAGE_ROLL in rights.RIGHTS[g.role]]
    units = select(Unit.id).where(or_(false(), *(Unit.path.startswith(path) for path in kept)))
    of_branch = Alias.speaker_id.is_(None) & Alias.unit_id.in_(units) if kept else false()
    return or_(Alias.speaker_id == by.member_id, Alias.member_id == by.member_id, of_branch)


def _refuse_a_name(
    session: Session, word: str, branches: Collection[UnitId | None], now: datetime
) -> None:
    """Refuse a word that is somebody's real name: names always mean who bears them."""
    units = [unit for unit in branches if unit is not None]
    members = people.list_in_units(session, units, day_of(now))
    if any(fold_name(person.name) == word for person in members):
        raise AliasTaken(f"名册里有人就叫{word}，不能再当别名。同名的每次都要问清楚是哪一位。")


def _refuse_after_objection(session: Session, word: str, of: Whose) -> None:
    objected = session.scalar(
        select(true()).where(
            select(Alias.id)
            .where(Alias.text == word, Alias.member_id == of.id, Alias.revoked_by_id == of.id)
            .exists()
        )
    )
    if objected:
        raise AliasTaken(f"{of.name}本人不同意用“{word}”称呼，请写姓名。")


def _refuse_other_meaning(session: Session, word: str, of: Whose, by: Actor) -> None:
    """Refuse a word that this speaker would then use for two."""
    other = session.scalar(
        select(Member.name)
        .join(Alias, Alias.member_id == Member.id)
        .where(
            Alias.text == word,
            Alias.revoked_at.is_(None),
            Alias.member_id != of.id,
            or_(
                Alias.speaker_id == by.member_id,
                Alias.speaker_id.is_(None) & Alias.unit_id.in_({of.branch_id, by.branch_id}),
            ),
        )
        .limit(1)
    )
    if other is not None:
        raise AliasTaken(f"“{word}”已经是{other}了。要改，先发 取消别名 {word}")


def _names(session: Session, members: Collection[int]) -> dict[int, str]:
    rows = session.execute(select(Member.id, Member.name).where(Member.id.in_(members)))
    return {row.id: row.name for row in rows}


def _member(found: int | None) -> MemberId | None:
    return None if found is None else MemberId(found)
