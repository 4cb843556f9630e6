"""Entry point of `acuse`: exit code 0 is done, 1 an expected failure told with its cure, 2 wrong usage, 3 a bug."""

from __future__ import annotations

import sys

from daemon.errors import AcuseError, FileFaults


def main() -> None:
    """Run the command line and leave with its exit code."""
    from daemon.cli import app
    from daemon.cli.spanish import run

    try:
        sys.exit(run(app))
    except AcuseError as error:
        print(_told(error), file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # noqa: BLE001  (the last frame: whatever comes here is a bug, and is told as one)
        _tell_bug(error)
        sys.exit(3)


def _told(error: AcuseError) -> str:
    if isinstance(error, FileFaults):
        number = len(error.faults)
        return f"{error}\n\n{number} {'falta' if number == 1 else 'faltas'}: {error.cure}."
    return f"acuse: {error}"


def _tell_bug(error: Exception) -> None:
    """The traceback goes to the log, without personal data; the person at the terminal gets two lines."""
    from daemon.edge.logs import ensure_configured, get_logger

    ensure_configured()
    get_logger("acuse.cli").error("La orden terminó por un error del programa.", action="error", exc_info=error)
    print(
        f"acuse: error del programa ({type(error).__name__}). Nada que usted haya escrito lo explica: "
        "mande las líneas de arriba, que quedaron en el registro, a quien mantiene acuse.",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
