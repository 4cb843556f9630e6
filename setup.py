"""What pyproject.toml cannot say: rules, templates and sample settings lie beside the packages here and below
`daemon/_shipped` in a wheel, where `daemon.resources` looks first."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

_SHIPPED = ("rules", "templates", "service.toml")


class BuildWithShippedFiles(build_py):
    """Copies what ships beside the packages into the wheel; an editable install reads it where it lies."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib) / "daemon" / "_shipped"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for name in _SHIPPED:
            if Path(name).is_dir():
                shutil.copytree(name, target / name, ignore=shutil.ignore_patterns(".*", "*~", "__pycache__"))
            else:
                shutil.copy(name, target / name)


setup(cmdclass={"build_py": BuildWithShippedFiles})
