"""The store's promises to the follow-up of commitments: a note is kept once, whole, and in its order."""

from __future__ import annotations

from daemon.model.commitments import Evidence, Note
from daemon.ports import Store
from tests.contract.store_samples import HOUR, NOW


def test_a_note_is_kept_once_and_comes_back_whole(store: Store) -> None:
    later = Note(
        id="compromiso/2026/3/respuesta/0011",
        compromiso="2026/3",
        at=NOW + HOUR,
        aviso=False,
        actor="area@imss.example",
        message_id="<uno@imss.example>",
        avance=62.5,
        documentos=(Evidence("oficio ñ.pdf", "ab" * 32), Evidence("Oficio 12")),
        ubicacion="archivo",
        observaciones="línea uno\nlínea dos",
        mes_y_anio="Marzo-2026",
    )
    first = Note("compromiso/2026/3/antes-3/area@imss.example", "2026/3", NOW, True, "area@imss.example", "<m@x>")
    assert store.add_commitment_note(later)
    assert store.add_commitment_note(first)
    assert not store.add_commitment_note(later)
    assert store.commitment_notes() == (first, later)
