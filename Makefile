# What can be done with this repository. `make` alone lists it.
# Recipes keep to POSIX shell and to what make 3.81 (macOS) understands.

GO       ?= go
TOOL      = $(GO) tool -modfile=tools/go.mod
FUZZTIME ?= 30s
BENCHTIME ?= 1s

.PHONY: help build test check format golden fuzz bench bench-quotes site man parts train

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

build: ## build bin/pullquote
	@mkdir -p bin
	$(GO) build -trimpath -o bin/ ./cmd/pullquote

test: parts ## run all tests
	@if [ "$${CI:-}" = true ] && command -v apt-get >/dev/null 2>&1; then \
		echo "PULLQUOTE_REQUIRE_PARTS=1 $(GO) test ./..."; PULLQUOTE_REQUIRE_PARTS=1 $(GO) test ./...; \
	else \
		echo "$(GO) test ./..."; $(GO) test ./...; \
	fi

# Some tests use real parts: a mail server, two DKIM verifiers, a browser. On a
# person's machine they skip with the reason where a part is missing; in CI the
# parts are installed and missing ones are failures.
PARTS = chromium exim4-daemon-light opendkim python3-dkim python3-nacl
parts:
	@if [ "$${CI:-}" = true ] && command -v apt-get >/dev/null 2>&1 && ! dpkg -s $(PARTS) >/dev/null 2>&1; then \
		echo "installing what the tests use: $(PARTS)"; \
		as=; if [ "$$(id -u)" != 0 ]; then as=sudo; fi; \
		$$as apt-get update -qq && $$as env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(PARTS) >/dev/null; \
	fi

check: ## format, vet, staticcheck, govulncheck
	@left=$$(gofmt -l .) || exit 1; \
		if [ -n "$$left" ]; then printf 'not formatted (cure: make format):\n%s\n' "$$left"; exit 1; fi
	@left=$$($(TOOL) gofumpt -l .) || exit 1; \
		if [ -n "$$left" ]; then printf 'not formatted (cure: make format):\n%s\n' "$$left"; exit 1; fi
	$(GO) vet ./...
	$(TOOL) staticcheck ./...
	@echo "$(TOOL) govulncheck ./..."; \
		said=$$($(TOOL) govulncheck ./... 2>&1) && code=0 || code=$$?; \
		case "$$code,$$said" in \
		0,*) echo "$$said" ;; \
		*"fetching vulnerabilities:"*) echo "govulncheck: its database can't be reached from here; known vulnerabilities were not looked for" ;; \
		*) echo "$$said"; exit 1 ;; \
		esac

format: ## format all Go files
	$(TOOL) gofumpt -w .

golden: ## write the golden files anew; read the diff afterwards
	@for dir in $$(grep -rl --include='*_test.go' 'flag.Bool("update"' . | sed 's#/[^/]*$$##' | sort -u); do \
		echo "$(GO) test $$dir -update"; \
		$(GO) test "$$dir" -update || exit 1; \
	done

fuzz: ## run every fuzz target for FUZZTIME (30s)
	@for dir in $$(grep -rl --include='*_test.go' '^func Fuzz' . | sed 's#/[^/]*$$##' | sort -u); do \
		for target in $$($(GO) test -run '^$$' -list '^Fuzz' "$$dir" | grep '^Fuzz'); do \
			echo "$(GO) test $$dir -run '^$$' -fuzz '^$$target$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 10x"; \
			$(GO) test "$$dir" -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x || exit 1; \
		done; \
	done

bench: ## run every benchmark for BENCHTIME (1s)
	$(GO) test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) ./...

bench-quotes: ## score the proposed quotes against an editor's real choices
	$(GO) test -count=1 -v -run TestQuotesAgainstRealChoices ./pipeline/extract

site: ## render the sample newsletter of this repository to out/
	$(GO) run ./cmd/pullquote render

man: ## write the manual pages to bin/man1
	@mkdir -p bin/man1
	$(GO) build -o bin/ ./cmd/pullquote
	@bin/pullquote help --man > bin/man1/pullquote.1
	@for c in $$(bin/pullquote help --names); do bin/pullquote help --man $$c > bin/man1/pullquote-$$c.1; done
	@echo "man pages in bin/man1: man -l bin/man1/pullquote.1"

train: ## learn pipeline/extract/body.trees and meta.weights anew (docs/extraction.md)
	$(GO) test ./pipeline/extract -run '^TestTrain$$' -train body.trees -timeout 60m
	$(GO) test ./pipeline/extract -run '^TestTrainMeta$$' -train-meta meta.weights -timeout 60m
