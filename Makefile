# Two commands matter: make run and make test. Both install by apt what the system lacks, and only that.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build

# Fyne logs an error at start under the C locale. Whoever has chosen no language gets Italian, as at the desks.
export LANG := $(or $(filter-out C POSIX C.UTF-8,$(LANG)),it_IT.UTF-8)
unexport LC_ALL
export GOTOOLCHAIN ?= auto
# A clone that belongs to somebody else has no version to stamp, and go refuses to guess.
export GOFLAGS := $(shell git rev-parse HEAD >/dev/null 2>&1 || echo -buildvcs=false)

TAGS := -tags migrated_fynedo
LINT_VERSION := v2.15.0
LINT := build/tools/golangci-lint
FUZZTIME ?= 20s

# cgo lives in these two; everything else builds and is tested without a C compiler.
FENCED := bottega/cmd/bottega bottega/cardreader/pcsc
ALL = $(shell CGO_ENABLED=1 go list ./...)
PURE = $(filter-out $(FENCED),$(ALL))
FENCES = $(filter $(FENCED),$(ALL))

.PHONY: run build test tour lint fuzz bench soak deps clean unit race fenced windows content house

## Open the desk app. Without a display the tour is played instead.
run:
	@.ci/deps run
	@$(MAKE) --no-print-directory build
	@if [ -n "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ]; then exec build/bottega; fi; \
	echo "This machine has no display: playing the tour instead. Its pictures and papers will be in build/tour."; \
	$(MAKE) --no-print-directory tour

## The three programs, into build/.
build:
	CGO_ENABLED=1 go build $(TAGS) -o build/bottega ./cmd/bottega
	CGO_ENABLED=1 go build -o build/bottegactl ./cmd/bottegactl
	CGO_ENABLED=0 go build -o build/bottegahub ./cmd/bottegahub

## Everything: lint, tests with and without cgo, the race detector, programs, Windows, content, and the tour.
test: deps
	@$(MAKE) --no-print-directory lint house unit race fenced build windows content tour
	@echo "All green."

## What the tests need from the system.
deps:
	@.ci/deps test

$(LINT):
	GOBIN=$(CURDIR)/build/tools go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)

lint: $(LINT)
	go vet $(TAGS) ./... ./.ci ./.ci/tour ./.ci/soak ./.ci/bench
	$(LINT) run --allow-parallel-runners ./... ./.ci ./.ci/tour ./.ci/soak ./.ci/bench

# What holds for the repository as a whole, and the proof that each import rule bites.
house: $(LINT)
	go test ./.ci ./.ci/bench

unit:
	CGO_ENABLED=0 go test $(PURE) ./.ci/soak

race:
	CGO_ENABLED=1 go test -race $(PURE) $(filter %/pcsc,$(FENCES))

fenced:
	CGO_ENABLED=1 go test $(TAGS) $(FENCES)

# The same programs for Windows, which the desks in the offices run.
windows:
	CGO_ENABLED=1 GOOS=windows GOARCH=amd64 CC=x86_64-w64-mingw32-gcc go build $(TAGS) -ldflags -H=windowsgui -o build/windows/bottega.exe ./cmd/bottega
	CGO_ENABLED=0 GOOS=windows GOARCH=amd64 go build -o build/windows/ ./cmd/bottegactl ./cmd/bottegahub

# Every walk, rule and text that desks are given.
content: build
	build/bottegactl service lint

## A whole day at the desk, played by keyboard, with pictures and papers in build/tour.
tour: deps build
	go test -count=1 -timeout 30m ./.ci/tour

## Each fuzz target for FUZZTIME.
fuzz:
	@for pkg in $(PURE); do \
	  for target in $$(CGO_ENABLED=0 go test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "$$pkg $$target"; CGO_ENABLED=0 go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg; \
	  done; \
	done

## The evidence at full size: a thousand kills, ten thousand entries over lines that break, three thousand desks. Its table is build/soak.md.
soak: deps
	BOTTEGA_SOAK=1 CGO_ENABLED=0 go test -count=1 -timeout 1h ./sync/journal
	BOTTEGA_SOAK=1 CGO_ENABLED=0 go test -count=1 -timeout 3h -v ./.ci/soak

## What things cost: every benchmark, and at the end a table (build/bench.md) of what is promised, each measured beside its rival in one run.
bench: deps
	CGO_ENABLED=1 go test -run '^$$' -bench . -benchmem $(filter %/pcsc,$(FENCES))
	BOTTEGA_SOAK=1 CGO_ENABLED=0 go run ./.ci/bench $(PURE) ./.ci/soak

clean:
	rm -rf build
