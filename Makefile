# Two commands do everything: `make demo` and `make test`. The rest are parts of them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BUILD := .build
DIST := dist
PIP := $(BIN)/pip --quiet --disable-pip-version-check

.PHONY: demo test check lint unit wider interop interop-parts deploy tailnet tailnet-parts k8s truth examples bench bench-flows resilience refusals soak dist sbom audit screenshots docs site pins manifests clean

$(VENV)/run.stamp: requirements/run.txt pyproject.toml
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); apt-get update -qq && apt-get install -y -qq python3-venv && $(PYTHON) -m venv $(VENV); }
	$(PIP) install --require-hashes -r requirements/run.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/test.stamp: $(VENV)/run.stamp requirements/test.txt
	$(PIP) install --require-hashes -r requirements/test.txt
	touch $@

demo: $(VENV)/run.stamp ## installs, then shows the main job live in about half a minute
	$(BIN)/farshore demo

test: check wider interop deploy tailnet ## installs what the tests need, then runs them all

check: lint unit ## lint, types, layers and unit tests

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(VENV)/test.stamp
	tests/run --numprocesses 6 --dist worksteal --quiet tests/unit

wider: $(VENV)/test.stamp ## properties, contract, whole programs, leaks
	tests/run tests/properties tests/contract tests/scenarios tests/leaks tests/perf

interop-parts: ## real databases, servers and drivers from the system's packages
	tests/parts/install

interop: $(VENV)/test.stamp interop-parts ## real clients and servers through the gateway, on loopback
	tests/run tests/interop tests/page

deploy: $(VENV)/test.stamp interop-parts ## the chart, the image's steps and the unit file: rendered, validated, run
	$(PYTHON) tests/tailnet/parts/build.py --where-possible helm
	tests/run tests/deploy

tailnet-parts: $(VENV)/run.stamp ## builds the pinned tailscaled, tailscale, derper and headscale once
	$(PYTHON) tests/tailnet/parts/build.py tailscale headscale

tailnet: $(VENV)/test.stamp interop-parts ## the same through a real tailnet in network namespaces
	$(PYTHON) tests/tailnet/parts/build.py --where-possible tailscale headscale
	tests/run --numprocesses 2 --dist loadfile tests/tailnet

k8s: $(VENV)/test.stamp ## the chart and its roles at a real API server and etcd; ten minutes to build them the first time
	$(PYTHON) tests/tailnet/parts/build.py helm etcd apiserver
	tests/run tests/cluster

truth: $(VENV)/test.stamp interop-parts ## every fault on a real tailnet, and what doctor and diagnose say: docs/diagnosis.md
	$(PYTHON) tests/tailnet/parts/build.py tailscale headscale
	FARSHORE_TRUTH=docs/diagnosis.md $(BIN)/pytest tests/tailnet/test_doctor.py

examples: $(VENV)/test.stamp interop-parts ## both founding outages on a real tailnet, and the reports on them: docs/examples
	$(PYTHON) tests/tailnet/parts/build.py tailscale headscale
	$(BIN)/python -m tests.tailnet.founding

bench: $(VENV)/test.stamp ## one table: ours, a Go forwarder, HAProxy
	$(BIN)/python -m bench.run

bench-flows: $(VENV)/test.stamp ## 1, 3 and 10 million flow-log rows to the verdict, beside jq and Polars
	$(BIN)/python -m bench.flows

resilience: $(VENV)/test.stamp interop-parts ## every fault on a real tailnet beside plain tailscaled: docs/resilience.md
	$(PYTHON) tests/tailnet/parts/build.py tailscale headscale
	$(BIN)/python -m bench.resilience --write
	$(BIN)/python -m bench.incidents --write

refusals: $(VENV)/test.stamp interop-parts ## what every client prints when it is refused: docs/refusals.md
	$(BIN)/python -m tests.interop.refusals_table --write

soak: $(VENV)/test.stamp interop-parts ## ten minutes of random clients, ten of random faults on a real tailnet; nothing may grow
	$(BIN)/python -m bench.soak
	FARSHORE_KILLS=200 $(BIN)/pytest -s tests/scenarios/test_journal_kills.py
	$(PYTHON) tests/tailnet/parts/build.py tailscale headscale
	$(BIN)/python -m bench.resilience.chaos

dist: $(VENV)/run.stamp ## the wheel and the sdist, the same bytes each time
	$(BIN)/python -m hatchling build -t wheel -t sdist -d $(DIST)

sbom: ## what is installed beside it, with hashes: CycloneDX 1.6
	$(PYTHON) -m venv $(BUILD)/sbom
	$(BUILD)/sbom/bin/pip --quiet --disable-pip-version-check install --require-hashes -r requirements/sbom.txt
	mkdir -p $(DIST)
	$(BUILD)/sbom/bin/cyclonedx-py requirements requirements/run.txt --pyproject pyproject.toml --output-reproducible --output-file $(DIST)/farshore.cdx.json

audit: $(VENV)/run.stamp ## known holes in the dependencies; needs the Internet, and fails where one cannot be looked up
	$(PYTHON) -m venv $(BUILD)/audit
	$(BUILD)/audit/bin/pip --quiet --disable-pip-version-check install pip-audit
	$(BUILD)/audit/bin/pip-audit --strict --disable-pip --require-hashes --requirement requirements/run.txt

screenshots: $(VENV)/test.stamp interop-parts ## the page before, during and after a fault in the lab: docs/images
	$(BIN)/python -m tests.page.screenshots

docs: $(VENV)/run.stamp ## writes the pages and rules that are generated from the code
	$(BIN)/python -m farshore.app.reference
	$(BIN)/farshore export prometheus-rules > deploy/helm/farshore/files/farshore.rules.yml

site: ## README and handbook as a site, in .build/site/html; a link that leads nowhere fails it
	$(PYTHON) -m venv $(BUILD)/zensical
	$(BUILD)/zensical/bin/pip --quiet --disable-pip-version-check install --require-hashes -r requirements/docs.txt
	rm -rf $(BUILD)/site && mkdir -p $(BUILD)/site/pages
	git ls-files -z '*.md' LICENSE docs deploy bench | xargs -0 cp --parents -t $(BUILD)/site/pages
	cp docs/zensical.toml $(BUILD)/site
	NO_COLOR=1 $(BUILD)/zensical/bin/zensical build --clean --strict --config-file $(BUILD)/site/zensical.toml

PIN := uv pip compile --python-version 3.11 --generate-hashes --no-header --no-emit-index-url
pins: ## pins what pyproject.toml asks for, with hashes; needs uv
	$(PIN) pyproject.toml --group build --extra kubernetes --extra uvloop -o requirements/run.txt
	$(PIN) pyproject.toml --group build --group lint --group test --extra analysis --extra kubernetes --extra notify --extra uvloop -o requirements/test.txt
	$(PIN) --group sbom -o requirements/sbom.txt
	$(PIN) --group docs -o requirements/docs.txt

manifests: $(VENV)/run.stamp ## renders the plain Kubernetes manifests from the chart
	$(PYTHON) tests/tailnet/parts/build.py helm
	$(BUILD)/bin/helm template gateway deploy/helm/farshore --namespace db --kube-version 1.37.0 --values deploy/kubernetes/values.yaml > deploy/kubernetes/farshore.yaml

clean: ## removes everything that was built or installed here
	rm -rf $(VENV) $(BUILD) $(DIST) .pytest_cache .mypy_cache .ruff_cache .hypothesis
