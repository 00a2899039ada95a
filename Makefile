# `make run` shows the product, `make test` proves it. Both install what they need.
SHELL := /bin/bash
GO ?= go
export GOFLAGS := -buildvcs=false

.PHONY: run test check isolation bench faults fuzz screenshots build programs web clean postgres services s3

run: postgres build
	bin/pratica dev

build: web programs

# One binary and one program per connector, with the catalogue of those that may run.
BIN ?= bin
programs:
	$(GO) build -o $(BIN)/pratica ./cmd/pratica
	$(GO) build -trimpath -o $(BIN)/connectors/ ./plugins/connectors/*/
	@names="$$(cd plugins/connectors && ls)"; cd $(BIN)/connectors && { command -v sha256sum >/dev/null && sum=sha256sum || sum="shasum -a 256"; } && \
	  $$sum $$names > .sums && mv .sums SHA256SUMS

# The workspace is rebuilt when its sources are newer than its build.
web:
	@if [ -f web/app/package.json ] && { [ ! -f web/dist/.built ] || [ -n "$$(find web/app -path web/app/node_modules -prune -o -newer web/dist/.built -type f -print -quit)" ]; }; then \
	  (cd web/app && npm ci --no-audit --no-fund && npm run build) && touch web/dist/.built; fi

postgres:
	@ls /usr/lib/postgresql/*/bin/postgres /opt/homebrew/opt/postgresql@*/bin/postgres >/dev/null 2>&1 || command -v initdb >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q postgresql; \
	  else echo "PostgreSQL is missing. Type: sudo apt-get install postgresql   (macOS: brew install postgresql@17)"; exit 1; fi; }

# What tests need besides: a real redis-server, a browser, a connection pooler, a malware scanner and an S3 server.
services: postgres s3
	@need=""; command -v redis-server >/dev/null || need="$$need redis-server"; command -v chromium >/dev/null || need="$$need chromium"; \
	command -v pgbouncer >/dev/null || [ -x /usr/sbin/pgbouncer ] || need="$$need pgbouncer"; \
	[ -x /usr/sbin/clamd ] || command -v clamd >/dev/null || need="$$need clamav-daemon"; \
	if [ -n "$$need" ]; then if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q $$need; \
	else echo "Missing:$$need. Type: sudo apt-get install$$need"; exit 1; fi; fi

# Built once, in less than a minute, and kept where Go keeps programs.
s3:
	@[ -x "$$($(GO) env GOPATH)/bin/versitygw" ] || command -v versitygw >/dev/null || GOBIN="$$($(GO) env GOPATH)/bin" $(GO) install github.com/versity/versitygw/cmd/versitygw@v1.8.0

# The longest package is named first, so that it starts first, and has three of its tests on their way at once: most wait for browsers and
# processes. -vet=all is `go vet` of all packages, those without tests too, by what the tests are compiled from, instead of a build for it alone.
test: services build
	@rm -rf bin/isolation bin/isolation-report.md
	$(GO) run ./core/coretest/with $(GO) test -race -vet=all -shuffle=on -p 2 -parallel 3 -timeout 20m ./cmd/pratica ./...
	@if [ -f plugins/sdk/go.mod ]; then cd plugins/sdk && $(GO) test -race -shuffle=on ./...; fi
	@if [ -f web/app/package.json ]; then cd web/app && npm test; fi

# Nothing crosses between agencies: every table, route and function, random histories, every guard broken in turn. `make test` runs
# a short form of it. The report is bin/isolation-report.md.
isolation: services
	@rm -rf bin/isolation bin/isolation-report.md
	ISOLATION=whole $(GO) run ./core/coretest/with $(GO) test -count=1 -p 1 -timeout 20m ./core/isolation ./cmd/pratica ./api -run 'TestDatabase|TestQuietFunctions|TestPooled|TestHistories|TestIsolation$$|TestNoRouteWithoutAction'
	@sed -n 's/^> //p' bin/isolation-report.md; echo "the report: bin/isolation-report.md"

# Format, lint, and nothing generated is behind its source.
check:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "run gofmt on:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet ./...
	$(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...
	$(GO) mod tidy -diff
	$(GO) test ./api -run TestInterfaceIsAsCommitted
	$(GO) run ./cmd/pratica workflow test --require-coverage tenants/templates/*.yaml
	cd web/app && npm ci --no-audit --no-fund --silent && npm run check && npm run generate && git diff --exit-code -- src/api

# Figures: the authorizer, the engine, the connector host, then the product over HTTP against pgbench (BENCH_SECONDS a round).
bench: postgres
	$(GO) test -run '^$$' -bench . -benchmem ./policies ./core/workflow/... ./core/documents/...
	$(GO) test -run '^$$' -bench . ./plugins/host
	$(GO) test -run '^$$' -bench . -benchtime 3x ./plugins/conformance
	$(GO) test -run '^$$' -bench . -benchtime 1x ./plugins/cashflow/...
	$(GO) test -run '^$$' -bench . -benchtime 5x ./core/audit
	$(GO) run ./core/coretest/with $(GO) test -run '^$$' -bench . -benchtime 1x -timeout 20m ./core/queue
	$(GO) test -run '^$$' -bench . -benchtime 1x -timeout 60m ./cmd/pratica

# Nothing is lost and nothing doubled, a thousand times: kill -9 of server, worker, connector and Redis, and a bank that commits and fails to answer.
FAULT_ROUNDS ?= 1000
faults: services programs
	FAULT_ROUNDS=$(FAULT_ROUNDS) $(GO) run ./core/coretest/with $(GO) test -count=1 -v -timeout 120m ./cmd/pratica -run '^TestNothingIsLostNothingIsDoubled$$'

# Whatever comes from outside and is read: FUZZ_SECONDS for each decoder, a quarter of an hour in all. What is found is written to testdata/fuzz; commit
# it, and every test run repeats it. A test holds this list to the tree.
FUZZ_SECONDS ?= 20
fuzz:
	@for target in core/workflow/proof/FuzzCheck core/workflow/FuzzGuard core/workflow/FuzzFacts core/workflow/runlog/FuzzLogLine core/workflow/overlay/FuzzResolve core/workflow/diff/FuzzSources \
	  core/workflow/migrate/FuzzPlan core/workflow/scxml/FuzzImport core/documents/FuzzName core/documents/FuzzType core/documents/clamd/FuzzVerdict core/documents/watermark/FuzzStamp \
	  core/page/FuzzCursor core/ident/FuzzID core/calendar/FuzzDate core/subjects/FuzzMerge core/subjects/FuzzIdentifiers core/properties/FuzzMerge core/connectors/FuzzSettings \
	  core/audit/FuzzVerify policies/FuzzPolicyFile api/FuzzBody api/FuzzIfMatch api/FuzzTenant api/FuzzRequest api/FuzzCredential api/FuzzLastEvent tenants/FuzzScimPatch tenants/FuzzScimQuery \
	  tenants/FuzzScimUser tenants/FuzzTokenForm tenants/FuzzDiscovery tenants/FuzzIDToken tenants/FuzzSecret tenants/FuzzGroupID tenants/accounts/FuzzStrangers \
	  plugins/egress/FuzzFill plugins/host/FuzzAnswer plugins/host/FuzzParse plugins/host/FuzzSettings plugins/connectors/bankportal/FuzzBank plugins/connectors/berlingroup/FuzzBank plugins/connectors/bureau/FuzzBureau \
	  plugins/cashflow/FuzzRead plugins/conformance/FuzzNames; do \
	  $(GO) test ./$${target%/*} -run '^$$' -fuzz "^$${target##*/}$$" -fuzztime $(FUZZ_SECONDS)s -fuzzminimizetime 1x || exit 1; done

# The pictures of the README: the demo data of a program that is started for them.
screenshots: services build
	@dir=$$(mktemp -d) && chmod 755 $$dir || exit 1; \
	PRATICA_LOG_LEVEL=warn $(BIN)/pratica dev --dir $$dir/data --listen 127.0.0.1:0 >$$dir/box & pid=$$!; \
	trap "kill $$pid; wait $$pid; rm -rf $$dir" EXIT; \
	until grep -q "ready in" $$dir/box; do kill -0 $$pid || exit 1; sleep 0.2; done; \
	address() { grep -E "$$1" $$dir/box | grep -o "http://[^ ]*"; }; \
	BASE_URL=$$(address "Pratica ") BROKER=$$(address " broker .*Bari") ADMIN=$$(address " agency_admin .*Bari") READER=$$(address " read_only .*Bari") NETWORK=$$(address " network_admin ") OUT=docs/screenshots node web/app/e2e/screenshots.mjs

clean:
	rm -rf bin web/dist/.built
