# `make` alone lists what can be made.
.DEFAULT_GOAL := help
SHELL := bash
GO ?= go

# gin without MessagePack, which no door speaks: its codec was a sixth of the program.
TAGS := nomsgpack

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: compiler ## start everything on this machine: API, mail catcher, inbox, demo page
	@$(GO) build -tags $(TAGS) -o bin/latchkey ./cmd/latchkey
	@exec bin/latchkey dev

build: compiler ## build ./bin/latchkey
	@$(GO) build -tags $(TAGS) -trimpath -ldflags '-s -w' -o bin/latchkey ./cmd/latchkey

test: compiler ## prove it: every test there is, on every database there is
	@./e2e/test-all

fuzz: compiler ## try hostile input on every parser, e.g. make fuzz FUZZTIME=60s each
	@./e2e/fuzz-all $(FUZZTIME)

FUZZTIME ?= 30s

drill: compiler ## the long form of a drill, e.g. make drill R9, flood or postfix
	@./e2e/drill $(filter-out drill,$(MAKECMDGOALS))

R%: ; @:
flood postfix: ; @:

bench: build ## measure the built program: tables on stdout, figures in bench/results
	@store/storetest/with-postgres $(GO) run ./bench

lint: ## gofmt, vet and staticcheck
	@unformatted=$$("$$($(GO) env GOROOT)/bin/gofmt" -l .) || exit 1; \
		test -z "$$unformatted" || { echo "not gofmt'ed: $$unformatted"; exit 1; }
	@$(GO) vet ./...
	@$(GO) tool staticcheck ./...

compiler:
	@command -v $(GO) >/dev/null || { echo "Go is not installed: see https://go.dev/dl/"; exit 1; }
	@cc=$$($(GO) env CC); command -v "$${cc%% *}" >/dev/null || { \
		echo "There is no C compiler ($$cc), and SQLite is C. Install one, e.g.: apt-get install gcc libc6-dev, or: xcode-select --install"; exit 1; }
	@test -n "$$($(GO) list -f '{{if not .Stale}}built{{end}}' github.com/mattn/go-sqlite3)" || \
		echo "SQLite is compiled once, which takes about a minute …"

.PHONY: help run build test fuzz drill bench lint compiler
