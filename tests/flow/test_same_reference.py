"""Two messages of one day may fall on the same reference: the second is taken in all the same, under another."""

from __future__ import annotations

from email import policy

from daemon.model import ids
from daemon.model.decision import Plan
from tests.contract.store_samples import a_petition

from .memory_office import ATNDER, MemoryOffice


def test_a_reference_that_another_message_has_is_not_given_twice() -> None:
    office = MemoryOffice(boxes=(ATNDER,))
    office.run()
    mail = office.written("No me surten la metformina. Mi nombre es Ana López Ruiz y mi NSS es 12816177971.")
    raw, now = mail.as_bytes(policy=policy.SMTP), office.clock.now()
    reading = office.desk.read(raw, ATNDER, now)
    taken = ids.folio(reading.message_id, reading.digest, office.desk.policy.calendar.local(now).date())
    office.store.commit(Plan(petition=a_petition(taken, thread=(), petitioner="otra@otro.example")), now=now)
    office.world.deliver(ATNDER, raw, now)
    office.run()
    assert len(office.store.petitions()) == 2
    assert not office.store.quarantined()
