# Everything that people run from a fresh clone; the first target does all the set-up that the others need.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := 0.13.9
DIR ?=

# Mail servers listen on loopback only, and the demo's mailboxes are invented: nothing here needs a secret.
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help venv wheel demo test check score scenarios formularios mes lock clean servers

help:
	@echo 'make demo               el servicio completo con servidores de correo de prueba y un buzón de muestra'
	@echo 'make test               revisión del código y todas las pruebas'
	@echo 'make venv               solo la instalación, en .venv (después está .venv/bin/acuse)'
	@echo 'make wheel              lo que se instala en un servidor, en dist (docs/operacion.md)'
	@echo 'make score DIR=…        mide las reglas con una carpeta de correos y su gold.jsonl'
	@echo 'make scenarios DIR=…    corre las carpetas con scenario.json bajo un reloj virtual'
	@echo 'make formularios        mide la lectura de solicitudes de supervivencia con formularios inventados (N=400 SEED=1)'
	@echo 'make mes                un mes simulado de una oficina entera, con sus cifras y revisiones (N=3000 SEED=1)'
	@echo 'make check | lock | clean'

venv: $(VENV)/.installed

# The stamp is written last, so an interrupted installation starts again. A folder that was moved or whose Python is
# gone is made anew.
$(VENV)/.installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Hace falta Python 3.11 o posterior; «$(PYTHON)» es: $$(command -v $(PYTHON) >/dev/null \
	    && $(PYTHON) --version 2>&1 | head -n 1 || echo 'nada que se pueda ejecutar')." >&2; \
	  echo 'Instálelo, o indique cuál usar:  make PYTHON=/ruta/a/python3.12 …' >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
	  $(PYTHON) -c 'import ensurepip' 2>/dev/null || .ci/apt python3-venv; \
	  $(PYTHON) -m venv --clear $(VENV); }
	@echo 'Instalando en $(VENV) (una sola vez, alrededor de un minuto)…'
	@$(PIP) install --require-hashes -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.installed requirements-dev.txt
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@

# By way of the sdist, so that the wheel holds what a clean tree has, and nothing of an earlier build. Needs no network.
wheel: venv
	@rm -rf dist
	@told=$$($(BIN)/python -c 'from setuptools import build_meta; build_meta.build_sdist("dist")' 2>&1) \
	  || { echo "$$told" >&2; exit 1; }
	@$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist dist/*.tar.gz
	@cp requirements.txt dist/
	@ls dist/*

demo: venv
	@$(BIN)/acuse demo

test: check servers
	$(BIN)/pytest

check: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

# A missing server is installed when the machine allows it. When it does not, the live tests say so: skipped at home,
# an error when CI is set.
servers:
	@command -v dovecot >/dev/null || [ -x /usr/sbin/dovecot ] \
	  || .ci/apt dovecot-imapd dovecot-lmtpd openssl || [ -z "$${CI:-}" ]
	@tesseract --list-langs 2>/dev/null | grep -qx spa \
	  || .ci/apt tesseract-ocr tesseract-ocr-spa || [ -z "$${CI:-}" ]

score: venv
	@$(BIN)/acuse score $(if $(DIR),'$(DIR)',$(error Diga qué carpeta: make score DIR=…))

scenarios: venv
	@$(BIN)/acuse scenarios $(if $(DIR),'$(DIR)',$(error Diga qué carpeta: make scenarios DIR=…))

formularios: $(VENV)/.dev
	@$(BIN)/python benchmarks/forms/measure.py --n $(or $(N),400) --seed $(or $(SEED),1)

mes: venv
	@$(BIN)/python benchmarks/month/run.py --n $(or $(N),3000) --seed $(or $(SEED),1)

# Locks carry hashes and neither host nor path, so that they say the same everywhere.
COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-emit-find-links --no-header --no-annotate --upgrade --group build pyproject.toml
lock:
	@tools=$$(mktemp -d); trap 'rm -rf "$$tools"' EXIT; \
	$(PYTHON) -m venv "$$tools"; "$$tools/bin/python" -m pip install --quiet uv==$(UV); \
	"$$tools/bin/"$(COMPILE) --extra demo -o requirements.txt; \
	"$$tools/bin/"$(COMPILE) --extra demo --extra postgres --extra dev --constraint requirements.txt -o requirements-dev.txt

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
