# tuppence. Everything here needs Go, make, git and ssh; what needs more names it and stops.
.PHONY: help test

help: ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## */\t/' | expand -t 12

test: ## unit, model and story tests
	go vet ./...
	go test ./...
