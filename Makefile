# Two commands: `make demo` shows what the program does on a sample shot, `make test` checks the program.
# Both make .venv on first use. They want GNU make and a POSIX shell; on Windows that is WSL, or see docs/developing.md.

SHELL := /bin/sh
BIN := .venv/bin
STAMP := .venv/.installed
DEMO := out/demo

# A Python of your own choice: make test PYTHON=/opt/python3.12/bin/python3
PYTHON ?=
PYTHONS := $(PYTHON) python3.13 python3.12 python3.11 python3 python
# Blenders as modules of Python 3.11, one for each line that is still kept up; the extension's tests run in each.
BLENDERS ?= 4.2.23 4.5.15 5.0.1
# Who is asked about known holes: pypi or osv.
SERVICE ?= pypi
# Each worker of the tests holds a torch of its own in memory.
WORKERS ?= auto

.PHONY: help demo test docs blender-extension blenders hashes audit sbom clean

help:
	@echo "make demo    take a drone out of the sample shot, and compare with the true clean plate"
	@echo "make test    style, types and tests"
	@echo "make blender-extension    the zip of the extension for Blender, in dist/"
	@echo "make blenders    Blenders for the extension's tests, which skip themselves without, in .blenders/"
	@echo "make docs    the documentation as a site, in dist/site"
	@echo "make sbom    what is installed, as CycloneDX, in dist/"
	@echo "make audit   known holes in the pinned versions; asks PyPI (or SERVICE=osv)"
	@echo "make hashes  constraints-hashed.txt anew, after constraints.txt changed; asks PyPI, needs uv"
	@echo "make clean   remove results and caches; .venv stays"

demo: $(STAMP)
	$(BIN)/vfx-ai inpaint 'samples/courtyard/plate.####.exr' --matte 'samples/courtyard/matte.####.exr' \
		-o '$(DEMO)/clean.####.exr' --force
	@echo
	@$(BIN)/python samples/score_sample.py '$(DEMO)/clean.####.exr'
	@$(BIN)/python samples/before_after.py '$(DEMO)/clean.####.exr' $(DEMO)/before_after.png
	@echo
	@echo "result    $(DEMO)/clean.1001-1016.exr, with fill.source and fill.confidence"
	@echo "picture   $(DEMO)/before_after.png"
	@echo "report    $(DEMO)/report.html, to be opened in a browser; report.json holds the same"
	@echo "sidecar   $(DEMO)/clean.vfxai.json, what it was made of; vfx-ai reproduce does it again"

# One thread for each worker's torch, or they stand in each other's way. Many tests start processes and threads; on a
# machine that stalls one of thousands may find another order of things than it knows. So what failed (code 1, nothing
# else) is asked once more, by itself: a test that is right alone was disturbed, and both answers are printed.
test: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n $(WORKERS) --maxprocesses 8 || { \
		[ $$? = 1 ] || exit 1; \
		echo "Not all passed beside each other: the same once more, alone, up to the first that fails again"; \
		OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q --last-failed --last-failed-no-failures none --maxfail 1; \
	}

docs: $(STAMP)
	@NO_MKDOCS_2_WARNING=1 DISABLE_MKDOCS_2_WARNING=true $(BIN)/mkdocs build --quiet --strict
	@echo "site      dist/site/index.html"

blender-extension: $(STAMP)
	@$(BIN)/python -m blender_build dist

blenders: $(STAMP)
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
		|| { echo "Blender as a module wants Python 3.11: make blenders PYTHON=/path/to/python3.11" >&2; exit 1; }
	@set -e; for one in $(BLENDERS); do \
		folder=.blenders/$${one%.*}; \
		if [ "$$(cat $$folder/.version 2>/dev/null)" != "$$one" ]; then \
			echo "Installing Blender $$one into $$folder (about 1 GB)."; \
			rm -rf $$folder; $(BIN)/python -m venv $$folder; \
			$$folder/bin/python -m pip install --quiet --disable-pip-version-check bpy==$$one; \
			echo "$$one" > $$folder/.version; \
		fi; \
	done

# Strict: a package that can't be looked up is a failure, not a line that is easily passed over. Both failures end alike,
# and mean something else, so the last line says which it was.
audit: $(STAMP)
	@mkdir -p dist
	@if $(BIN)/pip-audit --strict --vulnerability-service $(SERVICE) --disable-pip --require-hashes \
			-r constraints-hashed.txt >dist/audit.txt 2>&1; then \
		cat dist/audit.txt; \
		echo "audit     no known holes in constraints-hashed.txt, as $(SERVICE) knows them"; \
	else \
		cat dist/audit.txt >&2; \
		if grep -q "^Found [0-9]* known" dist/audit.txt; then \
			echo "audit     KNOWN HOLES in constraints-hashed.txt: see above" >&2; \
		else \
			echo "audit     NOT DONE: $(SERVICE) couldn't be asked about every package, so nothing is known of them, good or bad." >&2; \
			echo "          Run it where PyPI's own JSON API can be reached (a mirror has no advisories), or: make audit SERVICE=osv" >&2; \
		fi; \
		exit 1; \
	fi

sbom: $(STAMP)
	@mkdir -p dist
	$(BIN)/python -m cyclonedx_py environment --pyproject pyproject.toml --output-reproducible --of JSON \
		-o dist/vfx-ai.cdx.json $(BIN)/python

hashes:
	@command -v uv >/dev/null || { echo "This needs uv: https://docs.astral.sh/uv" >&2; exit 1; }
	@sed -n '/^#/p' constraints-hashed.txt > constraints-hashed.txt.new
	@uv pip compile pyproject.toml --extra farm --extra sign --extra studio -c constraints.txt --universal \
		--python-version 3.11 --generate-hashes --no-annotate --no-header --quiet >> constraints-hashed.txt.new
	@mv constraints-hashed.txt.new constraints-hashed.txt

clean:
	rm -rf out dist .pytest_cache .mypy_cache .ruff_cache
	@echo "To have the environment made anew as well: rm -rf .venv"

# Again when what is asked for has changed; what is there already isn't downloaded again.
$(STAMP): pyproject.toml constraints.txt
	@set -e; \
	uv=$$(command -v uv || true); \
	if ! { $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
			&& { [ -n "$$uv" ] || $(BIN)/python -m pip --version; }; } >/dev/null 2>&1; then \
		found=; \
		for one in $(PYTHONS); do \
			if "$$one" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
				found=$$one; break; \
			fi; \
		done; \
		rm -rf .venv; \
		if [ -n "$$uv" ]; then \
			echo "Making .venv with uv and $${found:-a Python 3.11 that uv downloads}."; \
			uv venv --quiet --python "$${found:-3.11}" .venv; \
		elif [ -n "$$found" ]; then \
			echo "Making .venv with $$("$$found" --version), $$(command -v "$$found")."; \
			"$$found" -m venv .venv; \
		else \
			echo "There is no Python 3.11 or newer with its venv module here. Looked for: $(PYTHONS)." >&2; \
			echo "Install it (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python@3.12)," >&2; \
			echo "or name it: make demo PYTHON=/path/to/python3" >&2; \
			exit 1; \
		fi; \
	fi; \
	echo "Installing what pyproject.toml asks for into .venv, in the versions of constraints.txt."; \
	echo "The first time this downloads several GB (torch; on Linux with its CUDA libraries) and takes minutes."; \
	if [ -n "$$uv" ]; then \
		uv pip install --python $(BIN)/python -c constraints.txt -e '.[dev]'; \
	else \
		$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e '.[dev]'; \
	fi; \
	touch $(STAMP); \
	echo "The environment is ready: .venv"
