"""The review folder as a directory: half files, foreign files and a share that is not there."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from daemon.edge.review_dir import DirectoryReviewFolder
from daemon.errors import MailboxUnavailable
from daemon.model.outgoing import Place
from daemon.model.rules import Carpetas
from daemon.send.private import for_folder
from tests.unit.send.drafts import draft, ficha


def folder(root: Path, settle: float = 0.0) -> DirectoryReviewFolder:
    return DirectoryReviewFolder(root, Carpetas(), settle=settle)


def test_file_names_say_what_they_are_and_urgent_ones_come_first(tmp_path: Path) -> None:
    review = folder(tmp_path)
    review.lay(draft())
    review.lay(draft(2, urgent=True))
    review.lay_ficha(ficha())
    assert sorted(path.name for path in (tmp_path / "Respuestas pendientes").iterdir()) == [
        "AC-250909-7K3FQ 1 datos_complementarios.eml",
        "AC-250909-7K3FQ-f1 ficha.eml",
        "URGENTE AC-250909-7K3FQ 2 datos_complementarios.eml",
    ]


def test_a_file_still_being_copied_to_aprobadas_is_not_approved_yet(tmp_path: Path) -> None:
    review = folder(tmp_path, settle=60)
    path = tmp_path / "Aprobadas" / "borrador.eml"
    path.write_bytes(for_folder(draft())[:200])
    assert review.survey() == ()
    later = DirectoryReviewFolder(tmp_path, Carpetas(), settle=60, clock=lambda: time.time() + 61)
    assert [found.place for found in later.survey()] == [Place.APROBADAS]


def test_lock_and_temporary_files_are_no_mail(tmp_path: Path) -> None:
    review = folder(tmp_path)
    for name in ("~$borrador.eml", ".borrador.eml", "borrador.eml.tmp", "notas.txt"):
        (tmp_path / "Aprobadas" / name).write_bytes(for_folder(draft()))
    assert review.survey() == ()


def test_a_draft_edited_in_place_is_read_anew(tmp_path: Path) -> None:
    review = folder(tmp_path)
    review.lay(draft())
    (path,) = (tmp_path / "Respuestas pendientes").iterdir()
    review.survey()
    path.write_bytes(path.read_bytes().replace(b"Subject: ", b"Subject: Urge: "))
    os.utime(path, (1, 1))
    assert review.survey()[0].subject.startswith("Urge: ")


def test_two_files_of_one_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    review = folder(tmp_path)
    (tmp_path / "Aprobadas" / "AC-250909-7K3FQ 1 datos_complementarios.eml").write_bytes(b"Subject: otro\n\nhola")
    review.lay(draft())
    (pending,) = [found for found in review.survey() if found.place is Place.PENDIENTES]
    review.relocate(pending.handle, Place.APROBADAS)
    assert len(list((tmp_path / "Aprobadas").iterdir())) == 2


def test_a_share_that_is_not_mounted_is_an_alarm_and_not_a_pile_of_deleted_drafts(tmp_path: Path) -> None:
    with pytest.raises(MailboxUnavailable, match="carpeta compartida"):
        folder(tmp_path / "no montada")
    review = folder(tmp_path)
    review.lay(draft())
    (tmp_path / "Respuestas pendientes").rename(tmp_path / "otra parte")
    with pytest.raises(MailboxUnavailable, match="nada se da por borrado"):
        review.survey()
