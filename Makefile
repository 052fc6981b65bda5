# tuppence. run, test and story need Go, make, git and ssh; what needs more names it and stops.
GO        ?= go
VERSION   := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
DATA      ?= data
GOFUMPT   := mvdan.cc/gofumpt@v0.12.0
STATIC    := honnef.co/go/tools/cmd/staticcheck@v0.8.2
BENCHTIME ?= 2s
FUZZTIME  ?= 20s
ONLY      ?= all
LOADTIME  ?= 10m
SESSIONS  ?= 1,100,1000,3000

.PHONY: help build run test tour race story contract dialects attack bench bench-ssh load soak lint fuzz shots clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## */\t/' | expand -t 12

build: ## bin/tuppence
	$(GO) build -trimpath -ldflags '-X main.version=$(VERSION)' -o bin/tuppence .

run: build ## the service with its embedded store, the demo vendor and cases to practise on; DATA=dir keeps it elsewhere
	./bin/tuppence demo --practice --data $(DATA)

test: ## vet, units, models, stories
	$(GO) vet ./...
	$(GO) test -timeout 9m ./...

race: ## all tests under the race detector
	$(GO) test -race -timeout 30m ./...

story: ## only the stories: real program, real ssh, real HTTP
	$(GO) test -count 1 -run 'TestStories' -v .

contract: ## clients generated from the OpenAPI document compile and sell; needs the network and npm
	@command -v npm >/dev/null || { echo 'missing: npm (Node.js 22 or newer, https://nodejs.org/en/download)'; exit 1; }
	TEST_CONTRACT=1 $(GO) test -count 1 -v -timeout 15m -run 'TestContract' ./server/hook ./server/voice

dialects: ## stock libraries of x402 and mppx buy and sell over the real service; needs the network and npm
	@command -v npm >/dev/null || { echo 'missing: npm (Node.js 20 or newer, https://nodejs.org/en/download)'; exit 1; }
	TEST_DIALECTS=1 $(GO) test -count 1 -v -timeout 15m -run 'TestDialects' .

bench: ## durable purchases per second beside plain Badger, and a start at a million; BENCHTIME=5s for steadier figures
	TEST_SALES=1000000 $(GO) test -p 1 -run '^$$' -bench . -benchtime $(BENCHTIME) -timeout 60m . ./server/... ./store/...

bench-ssh: ## screens of SESSIONS=1,100,1000,3000 beside plain wish programs, one table; 20 minutes, ulimit -n 4000
	TEST_SSH='$(SESSIONS)' $(GO) test -count 1 -run 'SSHLoad' -v -timeout 90m .

load: ## twenty thousand buyers for LOADTIME=10m: memory of the whole service stays below 1 GiB; figures in load.csv
	TEST_LOAD=$(LOADTIME) TEST_LOAD_CSV=$(CURDIR)/load.csv $(GO) test -count 1 -v -timeout 120m -run 'MemoryUnderLoad' .

soak: ## long versions of the fault, model and story tests
	TEST_SOAK=1 $(GO) test -count 1 -timeout 120m ./store/... ./server/... .

attack: ## floods through the real doors beside a bystander: figures and bounds, 4 minutes at most; ONLY='searching'
	TEST_ATTACK='$(ONLY)' $(GO) test -count 1 -run 'TestAttacks' -v -timeout 6m .

fuzz: ## each parser for FUZZTIME=20s
	@for p in $$($(GO) list ./...); do for f in $$($(GO) test -list '^Fuzz' $$p | grep ^Fuzz); do \
		$(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$p || exit 1; done; done

lint: ## vet, gofumpt, staticcheck (fetched by go), golangci-lint
	$(GO) vet ./...
	@out=$$($(GO) run $(GOFUMPT) -l .) && if [ -n "$$out" ]; then echo "not gofumpt'd:"; echo "$$out"; exit 1; fi
	$(GO) run $(STATIC) ./...
	$(GO) mod tidy -diff
	@command -v golangci-lint >/dev/null || { echo 'missing: golangci-lint v2.15.0 (https://golangci-lint.run/docs/welcome/install/)'; exit 1; }
	golangci-lint run

tour: ## a newcomer's first sale, recorded from the real program, played in this terminal of 80x26 or more
	@$(GO) run shots/play.go shots/tour.cast

shots: ## the pictures of the README and the recording of the tour: real screens by ssh, real pages by chromium
	@command -v chromium >/dev/null || { echo 'missing: chromium (package chromium)'; exit 1; }
	$(GO) test -count 1 -run 'TestStories/tour' . -shots $(CURDIR)/shots -casts $(CURDIR)/shots
	$(GO) test -count 1 -run 'TestStories/desk' . -shots $(CURDIR)/shots

clean: ## what was built, not your data
	rm -rf bin
