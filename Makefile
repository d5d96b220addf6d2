# A clean checkout → a running Acervo. Nothing that is already installed is installed again.

PYTHON := .venv/bin/python
ACERVO := .venv/bin/acervo
# Python compiles what is used when it is first used; pip would compile everything.
PIP := $(PYTHON) -m pip --disable-pip-version-check install --no-compile
# Locked: every file has a known hash, and what must be built is built with locked tools.
LOCKED := --quiet --require-hashes --no-deps --no-build-isolation --use-pep517
NATIVE := import faiss, onnxruntime, sentencepiece, tantivy, torch

# A stamp is named for what it installed: another lock has another stamp.
STAMPS := .venv/stamps
TORCH := $(shell sed -n 's/^ *"\(torch==[^"]*\)".*/\1/p' pyproject.toml)
key = $(shell (echo $(TORCH) && cat $(1)) | sha256sum | cut -c 1-16)
TORCH_STAMP := $(STAMPS)/$(TORCH)
RUNTIME_STAMP := $(STAMPS)/runtime-$(call key,requirements.lock)
TOOLS_STAMP := $(STAMPS)/tools-$(call key,requirements-dev.lock)
PROJECT_STAMP := $(STAMPS)/project-$(shell (pwd && cat pyproject.toml) | sha256sum | cut -c 1-16)
stamp = @mkdir -p $(STAMPS) && rm -f $(STAMPS)/$(1)* && touch $@

.DEFAULT_GOAL := help
.PHONY: help run setup test check bench scorecard golden messages lock environment model index browser recognition office tracer

help:
	@echo "make run     prepara todo y sirve la página en http://127.0.0.1:8000/ (ACERVO_PORT la cambia)"
	@echo "make setup   prepara todo sin servir nada"
	@echo "make test    instala lo que piden las pruebas y las ejecuta"
	@echo "make check   formato, estilo, tipos y pruebas"
	@echo "make bench   mide el modelo, la lectura y el servicio"
	@echo "make scorecard mide las preguntas juzgadas, también alteradas, y dibuja el marcador"
	@echo "make golden  vuelve a escribir las estructuras esperadas de corpus/documentos"
	@echo "make messages lleva los textos nuevos a los catálogos de otros idiomas"
	@echo "make lock    vuelve a fijar las dependencias (UPGRADE=--upgrade las actualiza)"

run: setup
	@exec $(ACERVO) serve

setup: index

index: model recognition
	@$(ACERVO) ingest corpus

model: $(PROJECT_STAMP)
	@$(ACERVO) model build

test: $(TOOLS_STAMP) model browser recognition office tracer
	$(PYTHON) -m pytest $(or $(ARGS),$(ALL))

check: $(TOOLS_STAMP) model browser recognition office tracer
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy --strict
	$(PYTHON) -m pytest $(ALL)

# All tests: a worker for each core (more of them wait for one another), whole files at a time, for
# what a file prepares serves all its tests; what calculates keeps to the core of its worker.
ALL = --numprocesses auto --dist loadfile --no-loadscope-reorder
test check: export OPENBLAS_NUM_THREADS = 1
test check: export OMP_NUM_THREADS = 1

# Reading is measured on documents that are not ours to pass on; without them it says so (2).
bench: export OPENBLAS_NUM_THREADS = 1
bench: index
	$(PYTHON) -m benchmarks.embedding
	$(PYTHON) -m benchmarks.reading || test $$? -eq 2
	scripts/load --clients 8 --seconds 60

# What CI compares with: a kind of question or a perturbation that falls below it fails.
scorecard: index
	$(ACERVO) evaluate corpus/consultas.jsonl --perturb --json > $(SCORECARD).new
	mv $(SCORECARD).new $(SCORECARD)
	$(PYTHON) -m benchmarks.chart
	$(PYTHON) -m benchmarks.readme

SCORECARD = benchmarks/results/scorecard.json

# Texts that were added or changed go to the catalogues, where a test finds those without words.
# The head of a catalogue stays as it is: Babel would fill it with dates and names.
messages: $(TOOLS_STAMP)
	$(BABEL) extract --mapping-file service/locales/babel.cfg --keywords N_ --keywords counted:2,3 \
		--no-location --sort-output --no-wrap --output-file $(MESSAGES) .
	for catalogue in $(addprefix service/locales/,en.po pt.po fr.po); do \
		sed '/^$$/q' $$catalogue > $(HEAD) && $(BABEL) update --input-file $(MESSAGES) \
			--locale $$(basename $$catalogue .po) --output-file $$catalogue --no-fuzzy-matching \
			--no-wrap --ignore-obsolete --omit-header && cat $$catalogue >> $(HEAD) \
			&& mv $(HEAD) $$catalogue || exit 1; done
	rm $(MESSAGES)

HEAD = service/locales/head.po
BABEL = .venv/bin/pybabel --quiet
MESSAGES = service/locales/messages.pot

golden: $(TOOLS_STAMP)
	$(PYTHON) -m pytest tests/ingest/test_golden.py --rewrite-golden \
		--deselect tests/ingest/test_golden.py::test_the_switch_that_rewrites_golden_files_is_off

lock: $(TOOLS_STAMP)
	$(LOCK) --extra model --group build pyproject.toml --output-file requirements.lock
	$(LOCK) --constraints requirements.lock --group pyproject.toml:dev --output-file requirements-dev.lock

LOCK = UV_CUSTOM_COMPILE_COMMAND="make lock" .venv/bin/uv pip compile --quiet $(UPGRADE) \
	--universal --python-version 3.11 --generate-hashes --no-emit-package torch --system-certs

browser:
	@test -x /usr/bin/chromium || scripts/packages chromium

# Scanned pages are read with tesseract; without it the rest works and says what is missing.
recognition:
	@test -x /usr/bin/tesseract -a -n "$$(ls $(SPANISH) 2>/dev/null)" || scripts/packages $(TESSERACT) \
		|| echo "Se sigue sin reconocimiento de texto: las páginas escaneadas quedarán sin leer."

TESSERACT = tesseract-ocr $(addprefix tesseract-ocr-,spa eng por fra)
SPANISH = /usr/share/tesseract-ocr/*/tessdata/spa.traineddata

# Old Office files are read through LibreOffice, which an operator may install or not.
office:
	@test -x /usr/bin/soffice || scripts/packages $(addprefix libreoffice-,$(addsuffix -nogui,writer impress))

# What goes to the network and where files are written is watched from outside the process.
tracer:
	@test -x /usr/bin/strace || scripts/packages strace

environment:
	@scripts/environment

$(TORCH_STAMP): | environment
	@echo "Instalando $(TORCH); puede tardar unos minutos…"
	@$(PIP) $(TORCH)
	$(call stamp,torch)

$(RUNTIME_STAMP): | $(TORCH_STAMP)
	@echo "Instalando las demás bibliotecas…"
	@$(PIP) $(LOCKED) --requirement requirements.lock
	@$(PYTHON) -c "$(NATIVE)" || { scripts/packages libgomp1 libstdc++6 && $(PYTHON) -c "$(NATIVE)"; }
	$(call stamp,runtime)

$(PROJECT_STAMP): | $(RUNTIME_STAMP)
	@$(PIP) --quiet --no-deps --no-build-isolation --editable .
	$(call stamp,project)

$(TOOLS_STAMP): | $(PROJECT_STAMP)
	@echo "Instalando las herramientas de prueba…"
	@$(PIP) $(LOCKED) --requirement requirements-dev.lock
	$(call stamp,tools)
