"""The audit log: what it keeps, that it cannot be changed unseen, and that it stays one line under concurrency."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, models, transaction
from django.urls import reverse

from interview_site.accounts import audit
from interview_site.accounts.models import AuditEntry, AuditHead, AuditLogError, Role, User
from tests.factories import UserFactory


@pytest.fixture
def mia(db) -> User:
    return UserFactory.create(name="Mia", role=Role.HIRING_MANAGER)


@pytest.fixture
def three(mia) -> list[AuditEntry]:
    return [audit.record(mia, f"demo.act_{n}", mia, before={"n": n}, after={"n": n + 1}) for n in range(3)]


def changed(number: int, **fields: object) -> None:
    """What somebody with a database shell could do."""
    models.QuerySet.update(AuditEntry.objects.filter(number=number), **fields)


def removed(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_auditentry WHERE number = %s", [number])


def test_an_entry_says_who_did_what_to_which_record_and_why(mia):
    audit.record(mia, "invitation.revoked", mia, before={"state": "opened"}, after=None, why="Role is filled")
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.target_type, entry.target_id) == (
        mia,
        "invitation.revoked",
        "accounts.user",
        str(mia.pk),
    )
    assert (entry.before, entry.after, entry.why) == ({"state": "opened"}, None, "Role is filled")


def test_each_entry_follows_from_the_one_before_it(three):
    assert [entry.number for entry in three] == [1, 2, 3]
    assert three[0].previous_hash == audit.BEFORE_THE_FIRST
    assert [entry.previous_hash for entry in three[1:]] == [entry.hash for entry in three[:2]]


def test_what_was_written_verifies(three):
    assert audit.verify() == audit.Verdict(entries=3, erased=0, head=three[2].hash)


def test_an_empty_log_verifies(db):
    assert audit.verify() == audit.Verdict(entries=0, erased=0, head=audit.BEFORE_THE_FIRST)


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "demo.other"},
        {"actor_id": None},
        {"target_id": "999"},
        {"particulars": '{"before":null,"after":null,"why":""}'},
        {"hash": "f" * 64},
        {"previous_hash": "f" * 64},
        {"particulars_digest": "f" * 64},
    ],
)
def test_a_changed_row_is_named(three, fields):
    changed(2, **fields)
    assert audit.verify().broken_at == 2


def test_a_row_with_a_hash_made_to_fit_breaks_the_next_one(three):
    forged = AuditEntry.objects.get(number=2)
    forged.action = "demo.forged"
    changed(2, action=forged.action, hash=audit.hash_of(forged))
    assert audit.verify().broken_at == 3


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_removed_row_is_named_the_last_one_too(three, number):
    removed(number)
    assert audit.verify().broken_at == number


def test_an_entry_that_is_appended_while_the_log_is_read_is_no_forgery(three, mia, monkeypatch):
    read = AuditHead.objects.filter

    def read_then_written(**which):
        class Read:
            def first(self):
                head = read(**which).first()
                monkeypatch.undo()
                audit.record(mia, "demo.meanwhile", mia)
                return head

        return Read()

    monkeypatch.setattr(AuditHead.objects, "filter", read_then_written)
    assert audit.verify() == audit.Verdict(entries=3, erased=0, head=three[2].hash)
    assert audit.verify().entries == 4


def test_an_entry_that_was_slipped_in_past_the_end_is_one(three, mia):
    end = AuditHead.objects.values("number", "hash").get()
    audit.record(mia, "demo.slipped_in", mia)
    AuditHead.objects.update(**end)
    assert audit.verify().complaint == "the log ends with entry 4, and entry 3 was the last one written"


def test_the_command_names_the_first_broken_row(three):
    changed(2, action="demo.other")
    changed(3, action="demo.other")
    with pytest.raises(CommandError, match="broken at entry 2: its content is not what was written"):
        call_command("verify_audit")


def test_the_command_prints_the_last_hash_of_a_whole_log(three):
    said = StringIO()
    call_command("verify_audit", stdout=said)
    assert (
        f"3 audit entries are as they were written (0 with erased particulars). The last hash is {three[2].hash}"
        in (said.getvalue())
    )


@pytest.mark.parametrize("act", ["save", "delete", "update", "delete many"])
def test_the_orm_refuses_to_change_an_entry(three, act):
    with pytest.raises(AuditLogError):
        {
            "save": AuditEntry.objects.get(number=1).save,
            "delete": AuditEntry.objects.get(number=1).delete,
            "update": lambda: AuditEntry.objects.update(action="other"),
            "delete many": lambda: AuditEntry.objects.all().delete(),
        }[act]()
    assert audit.verify().entries == 3


def test_erased_particulars_are_gone_and_the_chain_still_holds(three, mia):
    bob = UserFactory.create(name="Bob")
    audit.record(mia, "demo.about_bob", bob, why="canary")
    assert audit.erase_particulars([bob]) == 1
    entry = AuditEntry.objects.get(number=4)
    assert (entry.particulars, entry.salt, entry.why) == ("", "", "")
    assert (audit.verify().broken_at, audit.verify().erased) == (None, 1)


def test_the_log_outlives_the_account(mia):
    audit.record(mia, "demo.act", mia)
    number = mia.pk
    mia.delete()
    assert AuditEntry.objects.get().actor_id == number
    assert audit.verify().broken_at is None


def test_texts_that_a_database_would_rewrite_or_refuse_verify(mia):
    audit.record(
        mia, "demo.act", mia, after={"number": 1e16, "text": "NUL \x00 and \ud83d\ude00", "ten": 10.0}
    )
    assert audit.verify().broken_at is None


@pytest.mark.django_db(transaction=True)
def test_an_act_that_fails_leaves_no_entry():
    mia = UserFactory.create(name="Mia")

    @transaction.atomic
    def act() -> None:
        audit.record(mia, "demo.act", mia)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act()
    assert not AuditEntry.objects.exists()
    assert audit.record(mia, "demo.act", mia).number == 1


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_the_chain_stays_one_line_when_many_write_at_once():
    mia = UserFactory.create(name="Mia")
    AuditHead.objects.all().delete()

    def write(n: int) -> None:
        try:
            with transaction.atomic():
                audit.record(mia, f"demo.act_{n}", mia)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(80)))
    assert sorted(AuditEntry.objects.values_list("number", flat=True)) == list(range(1, 81))
    assert audit.verify().broken_at is None


def test_an_admin_reads_the_log_and_changes_nothing(client, three):
    client.force_login(UserFactory.create(name="Ada", role=Role.ADMIN))
    page = client.get(reverse("admin:accounts_auditentry_changelist")).content.decode()
    assert "demo.act_2" in page
    assert "Mia" in page
    one = reverse("admin:accounts_auditentry_change", args=[1])
    assert client.get(one).status_code == 200
    assert client.post(one, {"action": "other"}).status_code == 403
    assert client.get(reverse("admin:accounts_auditentry_add")).status_code == 403
    assert client.post(reverse("admin:accounts_auditentry_delete", args=[1])).status_code == 403
    assert AuditEntry.objects.get(number=1).action == "demo.act_0"
